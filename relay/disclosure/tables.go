package disclosure

// The rules of the model as data, one line each, in the order and the words of
// the page. A rule is named so that explain, the audit and the test that
// switches one off at a time can name it.

// hardRules drop whatever the layers above say: by class, or by a step of the
// path (an element or an attribute, by the beginning of its name).
var hardRules = [...]struct {
	name    string
	classes classSet
	except  ownerSet // owners it does not touch
	step    string   // empty: wherever it stands
}{
	{"meta", of(ClassMeta), 0, ""},
	{"ids", of(ClassID), by(OwnerGateway), ""},
	{"history", anyClass, 0, "/History"},
	{"foreign XML", anyClass, 0, "/AdditionalData"},
	{"other incidents", anyClass, 0, "/RelatedActivity"},
	{"alternative ids", anyClass, 0, "/AlternativeID"},
	{"extension attributes", anyClass, 0, "@ext-"},
	{"sender's registries", anyClass, 0, "@private-enum-"},
	{"sender's format", anyClass, 0, "@format"},
	{"translation ids", anyClass, 0, "@translation-id"},
	{"observable ids", anyClass, 0, "@observable-id"},
	{"meanings", anyClass, 0, "@meaning"},
}

// ceiling is one line of table 4: what, and how much at each stage.
type ceiling struct {
	name    string
	owners  ownerSet
	classes classSet
	at      [len(stages)]Action // first-contact, acknowledged, authenticated, trusted
}

var stageCeilings = [...]ceiling{
	{"what is nobody's", by(OwnerNeutral, OwnerGateway), anyClass, [...]Action{Keep, Keep, Keep, Keep}},
	{"recipient's own", by(OwnerRecipient), anyClass, [...]Action{Keep, Keep, Keep, Keep}},
	{"reported", by(OwnerReported), anyClass, [...]Action{Keep, Keep, Keep, Keep}},
	{"third", by(OwnerThird), anyClass, [...]Action{Drop, Mask, Pseudonymise, Pseudonymise}},

	{"time, type, port", anyOwner, of(ClassTime, ClassType, ClassPort), [...]Action{Keep, Keep, Keep, Keep}},
	{"requested action", anyOwner, of(ClassAction), [...]Action{Generalise, Keep, Keep, Keep}},
	{"impact, counts, software", anyOwner, of(ClassImpact, ClassCount, ClassSoftware), [...]Action{Drop, Generalise, Keep, Keep}},
	{"log", anyOwner, of(ClassLog), [...]Action{Drop, AsIs, AsIs, AsIs}},
	{"text", anyOwner, of(ClassText), [...]Action{Drop, Drop, Sanitize, AsIs}},
	{"binary", anyOwner, of(ClassBinary), [...]Action{Drop, Drop, Drop, Keep}},

	{"mine: addresses", by(OwnerMine), of(ClassAddress, ClassPrefix, ClassMAC, ClassASN), [...]Action{Drop, Keep, Keep, Keep}},
	{"mine: hosts", by(OwnerMine), of(ClassHostname, ClassDomain, ClassURL), [...]Action{Drop, Keep, Keep, Keep}},
	{"mine: accounts, files", by(OwnerMine), of(ClassAccount, ClassPath, ClassHash), [...]Action{Drop, Keep, Keep, Keep}},
	{"mine: identity", by(OwnerMine), of(ClassPerson, ClassOrg, ClassEmail), [...]Action{Drop, Drop, Keep, Keep}},
}

// relationCeilings is the first half of section 5: who sees what others are
// accused of. Columns in the order of relations.
var relationCeilings = [...]struct {
	name    string
	owners  ownerSet
	classes classSet
	at      [len(relations)]Action // own-constituency, peer, csirt, abuse-desk, law, unknown
}{
	{"reported", by(OwnerReported), anyClass, [...]Action{Keep, Keep, Keep, Drop, Keep, Drop}},
}

// channelCeilings is the second half. Opportunistic TLS carries the column
// first-contact of table 4 and a sanitised log; OpenPGP carries all.
var channelCeilings = [...]struct {
	name    string
	owners  ownerSet
	classes classSet
	at      [len(channels)]Action // opportunistic, verified-tls, openpgp
}{
	{"mine", by(OwnerMine), numbers | names | of(ClassAccount, ClassPath, ClassHash), [...]Action{Drop, Keep, Keep}},
	{"third", by(OwnerThird), anyClass &^ (of(ClassTime, ClassType, ClassPort, ClassAction) | facts | containers), [...]Action{Drop, Keep, Keep}},
	{"requested action", anyOwner, of(ClassAction), [...]Action{Generalise, Keep, Keep}},
	{"impact, counts, software", anyOwner, of(ClassImpact, ClassCount, ClassSoftware), [...]Action{Drop, Keep, Keep}},
	{"log", anyOwner, of(ClassLog), [...]Action{Sanitize, AsIs, AsIs}},
	{"text", anyOwner, of(ClassText), [...]Action{Drop, Sanitize, AsIs}},
	{"binary", anyOwner, of(ClassBinary), [...]Action{Drop, Drop, Keep}},
	{"identity", by(OwnerMine), of(ClassPerson, ClassOrg, ClassEmail), [...]Action{Drop, Drop, Keep}},
}

// consentKeys names the key of the conditions that speaks for a class of the
// requester's values. A class without a line has no grant.
var consentKeys = [...]struct {
	classes classSet
	key     Key
}{
	{of(ClassAddress, ClassPrefix, ClassMAC, ClassASN), KeyAddresses},
	{of(ClassHostname, ClassDomain, ClassURL, ClassSoftware), KeyHosts},
	{of(ClassPerson, ClassOrg, ClassEmail, ClassAccount, ClassPath, ClassHash), KeyIdentity},
	{of(ClassLog, ClassBinary), KeyLogs},
	{of(ClassText), KeyText},
	{of(ClassTime), KeyTime},
	{of(ClassType, ClassPort, ClassAction, ClassImpact, ClassCount), KeyRelay},
}

// markingRule is one line of section 6.
type markingRule struct {
	mark  Marking
	name  string
	allow audience // who may be told without a lift
	lift  bool     // a signed grant of the same source that names the recipient lifts it
}

var markingRules = [...]markingRule{
	{MarkClear, "CLEAR", everybody, false},
	{MarkGreen, "GREEN", community, false},
	{MarkAmber, "AMBER", constituency, true},
	{MarkStrict, "AMBER+STRICT", nobody, true},
	{MarkRed, "RED", nobody, true},
	{MarkNeedToKnow1, "need-to-know (v1)", involved, false},
	{MarkAbsent, "absent", nobody, true},
	{MarkDefault, "default", profiled, false},
}
