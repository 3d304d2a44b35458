package pgp

import "testing"

// The honest ways to sign and encrypt (P1), and what a list makes of them.
func TestHonestMails(t *testing.T) { checkCase(t, "00") }

func TestCase_23_FromIsNotSelectedByPosition(t *testing.T) { checkCase(t, "23") }
func TestCase_24_DisplayNames(t *testing.T)                { checkCase(t, "24") }
func TestCase_25_EncodedControls(t *testing.T)             { checkCase(t, "25") }
func TestCase_26_Depth(t *testing.T)                       { checkCase(t, "26") }
func TestCase_28_Boundaries(t *testing.T)                  { checkCase(t, "28") }
func TestCase_29_DuplicateFields(t *testing.T)             { checkCase(t, "29") }
func TestCase_30_TransferEncodings(t *testing.T)           { checkCase(t, "30") }
func TestCase_31_Charsets(t *testing.T)                    { checkCase(t, "31") }
func TestCase_32_WhereADocumentMayStand(t *testing.T)      { checkCase(t, "32") }
func TestCase_33_TwoDocuments(t *testing.T)                { checkCase(t, "33") }
func TestCase_34_Archives(t *testing.T)                    { checkCase(t, "34") }
func TestCase_35_PreambleAndEpilogue(t *testing.T)         { checkCase(t, "35") }
func TestCase_36_SplitFileName(t *testing.T)               { checkCase(t, "36") }
func TestCase_37_OddBytesInHeaders(t *testing.T)           { checkCase(t, "37") }

func TestCase_40_PrependText(t *testing.T)                { checkCase(t, "40") }
func TestCase_41_HideByHTML(t *testing.T)                 { checkCase(t, "41") }
func TestCase_42_SignedPartElsewhere(t *testing.T)        { checkCase(t, "42") }
func TestCase_43_FromIsNotSigner(t *testing.T)            { checkCase(t, "43") }
func TestCase_44_NamesAndSenders(t *testing.T)            { checkCase(t, "44") }
func TestCase_45_UserIDIsNoIdentity(t *testing.T)         { checkCase(t, "45") }
func TestCase_46_SeveralSignatures(t *testing.T)          { checkCase(t, "46") }
func TestCase_47_WeakHashes(t *testing.T)                 { checkCase(t, "47") }
func TestCase_48_WeakKeys(t *testing.T)                   { checkCase(t, "48") }
func TestCase_49_SignatureTimes(t *testing.T)             { checkCase(t, "49") }
func TestCase_50_ExpiredAndRevoked(t *testing.T)          { checkCase(t, "50") }
func TestCase_51_SubkeysThatAreNone(t *testing.T)         { checkCase(t, "51") }
func TestCase_54_ClearSigned(t *testing.T)                { checkCase(t, "54") }
func TestCase_55_TextAndBinary(t *testing.T)              { checkCase(t, "55") }
func TestCase_56_StructureOfMultipartSigned(t *testing.T) { checkCase(t, "56") }
func TestCase_57_TextFromOutsideHasNoEffect(t *testing.T) { checkCase(t, "57") }
func TestCase_58_DecryptFailsInOneWay(t *testing.T)       { checkCase(t, "58") }
func TestCase_59_Bombs(t *testing.T)                      { checkCase(t, "59") }
func TestCase_60_OnlyTheRootIsDecrypted(t *testing.T)     { checkCase(t, "60") }
func TestCase_62_KeysInMailAreNotImported(t *testing.T)   { checkCase(t, "62") }
func TestCase_63_Armor(t *testing.T)                      { checkCase(t, "63") }
func TestCase_64_Rollover(t *testing.T)                   { checkCase(t, "64") }
