package mailgw

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// Class is what the signatures of a mail are worth, for the mail as a whole.
type Class string

const (
	ClassTrusted  Class = "trusted"  // all content acted on is under one good, fresh signature of a registered party that From belongs to
	ClassValid    Class = "valid"    // good signature, but the key or From is not one to act on
	ClassPartial  Class = "partial"  // a good signature covers only some of the content
	ClassInvalid  Class = "invalid"  // a signature is there and must not count
	ClassUnsigned Class = "unsigned" // nothing we can verify
)

// Action is what is done with a mail.
type Action string

const (
	Accept Action = "accept" // it may open and change tickets
	Hold   Action = "hold"   // it waits for a person
	Reject Action = "reject" // as the site's policy has it; stored, can be released
	Record Action = "record" // it is noted and moves nothing; never answered
)

// Verdict is the judgement on one mail.
type Verdict struct {
	Kind    message.Kind
	Class   Class
	Signer  string // full fingerprint of the key whose signature is good, or empty
	Party   string // registered party of that key, or empty
	Action  Action
	Reasons []string // tags of the table, the decisive one first; never empty
}

// Tags of screening beside those of packages message and pgp.
const (
	TagIDConflict    = "id-conflict"
	TagUntrustedKey  = "untrusted-key"
	TagReplay        = "replay"
	TagTwoDocuments  = "two-documents"
	TagNoDocument    = "no-document"
	TagMalformedDoc  = "malformed-document"
	TagInvalidDoc    = "invalid-document"
	TagPoison        = "poison"
	TagAutoReply     = "auto-reply"
	TagBounce        = "bounce"
	TagLoop          = "loop"
	TagAcknowledging = "acknowledgement" // a reply to our token from the party it was sent to
	TagDKIMParty     = "dkim-party"      // not signed, but DKIM holds and the party opted in
	TagSuspicious    = "suspicious"      // signs of deception weigh enough, though the signature is good
	TagReleased      = "released"        // an operator let it pass
	TagTicketClosed  = "ticket-closed"   // an answer on a ticket that has ended
	TagAutomatic     = "automatic"       // a signed answer without a document that a program has sent
)

// A rule says what a tag makes of a mail. Class "" leaves the class as found.
type rule struct {
	tag    string
	class  Class
	action Action
	clears string // what would clear it, for the operator
}

// table is the table of screening. Its order is that of decisiveness: the
// first tag of a mail in it is the decisive one. What acts on nothing stands
// first, then what is broken, then what is good but not to be acted on.
var table = []rule{
	{TagPoison, "", Hold, "find out what in it crashed the program, then release or reject it"},
	{TagLoop, "", Record, "find the forwarding that sends our mail back to us"},
	{TagBounce, "", Record, "nothing; see the delivery it speaks of"},
	{TagAutoReply, "", Record, "nothing; an automatic answer is no answer"},
	{message.TagLimits, "", Hold, "ask the sender for a smaller, simpler mail"},
	{message.TagTooDeep, "", Hold, "ask the sender not to nest forwarded mails"},

	{pgp.TagBad, ClassInvalid, Hold, "ask the sender, by other means, whether it is theirs; a relay that changes text breaks signatures"},
	{pgp.TagWeakHash, ClassInvalid, Hold, "ask the sender to sign with SHA-256 or better"},
	{pgp.TagWeakKey, ClassInvalid, Hold, "ask the sender for a key of RSA 2048, Ed25519 or better"},
	{pgp.TagRevokedKey, ClassInvalid, Hold, "ask the sender, by other means, for the new key"},
	{pgp.TagExpiredKey, ClassInvalid, Hold, "ask the sender for the renewed key and import it"},
	{pgp.TagInvalidKey, ClassInvalid, Hold, "ask the sender for a key that may sign"},
	{pgp.TagExpiredSig, ClassInvalid, Hold, "ask the sender to sign again"},
	{pgp.TagFutureSig, ClassInvalid, Hold, "ask the sender to set the clock and sign again"},
	{pgp.TagCriticalUnknown, ClassInvalid, Hold, "ask the sender to sign without the extension"},
	{pgp.TagMalformedSigned, ClassInvalid, Hold, "ask the sender to send it again as PGP/MIME"},
	{pgp.TagMalformedArmor, ClassInvalid, Hold, "ask the sender to send it again as PGP/MIME"},
	{pgp.TagDecryptFailed, ClassInvalid, Hold, "ask the sender to encrypt to our current key"},
	{pgp.TagUnknownKey, ClassInvalid, Hold, "import the key after comparing its fingerprint with the sender, then recheck"},

	{pgp.TagPartial, ClassPartial, Hold, "read the unsigned rest; release if the signed document alone is to be acted on"},
	{pgp.TagAmbiguous, ClassValid, Hold, "ask the sender which of the signers speaks"},
	{TagIDConflict, ClassValid, Hold, "ask the party of the key whether it sent this; add the address to the party if it did"},
	{TagUntrustedKey, ClassValid, Hold, "give the key to a party, then recheck"},
	{pgp.TagForwarded, ClassValid, Hold, "ask the signer whether it was meant for us"},
	{pgp.TagStale, ClassValid, Hold, "ask the sender whether it is still current"},
	{TagReplay, ClassValid, Hold, "look at the mail it repeats; nothing new is in it"},

	{pgp.TagEncryptedUnsigned, ClassUnsigned, Hold, "ask the sender to sign as well"},
	{pgp.TagSMIME, ClassUnsigned, Hold, "ask the sender for an OpenPGP signature"},
	{pgp.TagUnsigned, ClassUnsigned, Hold, "confirm with the sender by other means, then release"},

	{pgp.TagEncryptedAttachment, "", Hold, "ask the sender to encrypt the whole mail instead"},
	{message.TagAmbiguous, "", Hold, "ask the sender to send it again from a standard mail program"},
	{TagTwoDocuments, "", Hold, "ask the sender for one document in each mail"},
	{TagMalformedDoc, "", Hold, "send the sender the findings of `iodefgw check`"},
	{TagInvalidDoc, "", Hold, "send the sender the findings of `iodefgw check`"},
	{TagNoDocument, "", Hold, "read it; it is for a person"},
	{TagTicketClosed, "", Hold, "read it; if the incident goes on, ticket reopen, then recheck; else reject it"},
	{TagAutomatic, "", Hold, "read it; release it if a person wrote it, so that it counts as an answer"},

	{TagSuspicious, "", Hold, "look at the signs it was given; release it if they have an honest explanation"},
	{TagDKIMParty, ClassUnsigned, Accept, "nothing; a signature would let more be relayed"},
	{TagAcknowledging, ClassUnsigned, Accept, "nothing"},
	{pgp.TagGood, ClassTrusted, Accept, "nothing"},
}

// Clears says what would clear a tag, for the operator; "" for an unknown one.
func Clears(tag string) string {
	if i := ruleOf(tag); i < len(table) {
		return table[i].clears
	}
	if i := signOf(tag); i >= 0 {
		return signs[i].clears
	}
	return ""
}

// Registry reports whether a change of parties or keys can clear a tag, so that
// a mail held for it is to be judged again after one.
func Registry(tag string) bool {
	switch tag {
	case pgp.TagUnknownKey, TagUntrustedKey, pgp.TagExpiredKey, pgp.TagInvalidKey, pgp.TagWeakKey, pgp.TagAmbiguous, TagIDConflict, TagSuspicious:
		return true
	}
	return false
}

func ruleOf(tag string) int {
	i := slices.IndexFunc(table, func(r rule) bool { return r.tag == tag })
	if i < 0 {
		return len(table)
	}
	return i
}

// Policy is what a site can set about screening.
type Policy struct {
	Reject     []string       // tags for which a mail is rejected and not held
	Weights    map[string]int // of signs of deception, in place of their own; 0 switches one off
	Suspicious int            // the sum of weights that holds a mail; 50 if zero
	Networks   []netip.Prefix // the gateway's own, which no honest report accuses
}

// Screen judges a mail: a pure function of its facts, the parties and the
// policy. It is the only place where a mail is accepted, held or rejected.
func Screen(f Facts, parties *relay.Parties, policy Policy) Verdict {
	v := Verdict{Kind: f.Kind}
	tags := map[string]bool{}
	f.contentTags(tags)
	v.Signer, v.Party = f.signatureTags(tags, parties)
	names, suspicious := f.deceives(f.speaker(v.Party, parties), parties, policy)
	if suspicious {
		tags[TagSuspicious] = true
	}
	for t := range tags {
		v.Reasons = append(v.Reasons, t)
	}
	slices.SortFunc(v.Reasons, func(a, b string) int {
		return cmp.Or(ruleOf(a)-ruleOf(b), strings.Compare(a, b))
	})
	v.Reasons = append(v.Reasons, names...)
	v.Action = Hold // a tag that the table lacks holds the mail
	if first := ruleOf(v.Reasons[0]); first < len(table) {
		v.Action = table[first].action
	}
	v.Class = classOf(v.Reasons, v.Signer != "")
	if v.Action == Hold && slices.ContainsFunc(v.Reasons, func(t string) bool { return slices.Contains(policy.Reject, t) }) {
		v.Action = Reject
	}
	return v
}

// classOf is the class of the first tag that has one. Without a good signature
// nothing is valid or partial.
func classOf(reasons []string, good bool) Class {
	for _, t := range reasons {
		i := ruleOf(t)
		if i == len(table) || table[i].class == "" {
			continue
		}
		if c := table[i].class; good || c == ClassInvalid || c == ClassUnsigned {
			return c
		}
	}
	return ClassUnsigned
}

// contentTags adds what the content and its history say.
func (f *Facts) contentTags(tags map[string]bool) {
	for _, t := range f.Tags {
		tags[t] = true
	}
	for t, holds := range map[string]bool{
		TagBounce:         f.Kind == message.KindBounce,
		TagAutoReply:      f.Kind == message.KindAutoReply,
		message.TagLimits: f.History.Oversize,
		TagLoop:           f.History.Ours,
		TagReplay:         f.History.Replay,
	} {
		if holds {
			tags[t] = true
		}
	}
	docs := f.incidents()
	switch {
	case len(docs) > 1:
		tags[TagTwoDocuments] = true
	case len(docs) == 0 && f.History.Recipient == "":
		tags[TagNoDocument] = true
	}
	for _, d := range docs {
		switch {
		case d.Err != nil:
			tags[d.Tag()] = true
		case d.Verdict == iodef.VerdictMalformed:
			tags[TagMalformedDoc] = true
		case d.Verdict == iodef.VerdictInvalid:
			tags[TagInvalidDoc] = true
		}
	}
}

// signatureTags adds what the signatures say of the mail and its sender (P3 to
// P5), and names the signer and its party.
func (f *Facts) signatureTags(tags map[string]bool, parties *relay.Parties) (signer, party string) {
	partyOf := func(fingerprint string) string {
		if p := parties.ByKey(fingerprint); p != nil {
			return p.ID
		}
		return ""
	}
	tag, signer := f.Opened.Decide(partyOf)
	tags[tag] = true
	party = partyOf(signer)
	switch {
	case tag == pgp.TagAmbiguous:
		party = ""
	case signer != "" && party == "":
		delete(tags, pgp.TagGood)
		tags[TagUntrustedKey] = true
	case signer == "" && len(f.Opened.Signatures) > 0 && f.onlyParts():
		tags[pgp.TagPartial] = true // and what there is of a signature does not hold
	case tag == pgp.TagUnsigned && f.acknowledges(parties):
		delete(tags, pgp.TagUnsigned)
		tags[TagAcknowledging] = true
	case tag == pgp.TagUnsigned && (len(f.Documents) > 0 || !f.Automatic) && f.dkimParty(parties) != nil && f.dkimAligned():
		delete(tags, pgp.TagUnsigned)
		tags[TagDKIMParty] = true
	}
	if f.fromElsewhere(parties, party) {
		tags[TagIDConflict] = true
	}
	return signer, party
}

// speaker is the party that a mail speaks for: the signer's, else the one that
// alone owns the From address; nil for none. The latter is only a claim.
func (f *Facts) speaker(signer string, parties *relay.Parties) *relay.Party {
	if p := parties.ByID(signer); p != nil {
		return p
	}
	if len(f.From) == 1 {
		if owners := parties.ByMail(f.From[0].Addr); len(owners) == 1 {
			return owners[0]
		}
	}
	return nil
}

// onlyParts reports that no signature even claims to speak for the mail or a
// whole document.
func (f *Facts) onlyParts() bool {
	return !slices.ContainsFunc(f.Opened.Signatures, func(s pgp.Signature) bool { return s.Scope != pgp.ScopePart })
}

// fromElsewhere reports that From and the signer do not belong together (P5):
// more or less than one address, or one that is not the party's, or a party's
// address over a signature that is not its own.
func (f *Facts) fromElsewhere(parties *relay.Parties, party string) bool {
	if f.FromBad || len(f.From) != 1 {
		return true
	}
	if p := parties.ByID(party); p != nil {
		return !p.Owns(f.From[0].Addr)
	}
	return len(f.Opened.Signatures) > 0 && len(parties.ByMail(f.From[0].Addr)) > 0
}

// acknowledges reports an unsigned answer that may count as one: to our token,
// from an address of the party that was given it, not made by a program.
func (f *Facts) acknowledges(parties *relay.Parties) bool {
	p := parties.ByID(f.History.Recipient)
	return p != nil && !f.Automatic && len(f.Documents) == 0 && !f.FromBad && len(f.From) == 1 && p.Owns(f.From[0].Addr) &&
		(f.Kind == message.KindReply || f.Kind == message.KindOther)
}
