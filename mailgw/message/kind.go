package message

import (
	"regexp"
	"strings"
	"sync"
)

// A Kind is what a mail is for, as far as its form tells.
type Kind string

const (
	KindReport    Kind = "report"     // tells of an incident: a document, or text that names an address
	KindReply     Kind = "reply"      // answers another mail
	KindBounce    Kind = "bounce"     // says that a mail was not delivered, or not yet (RFC 3464)
	KindAutoReply Kind = "auto-reply" // made by a program in answer (RFC 3834, 8098)
	KindOther     Kind = "other"
)

// Classify tells the kind of a mail, given what a reader sees of it and
// the documents found there. A report stays a report when its sender's software
// marks it Auto-Submitted; whoever answers mail must look at that field itself
// ([Header.Automatic]).
func Classify(m *Message, content *Part, docs []Document) Kind {
	h := m.Header
	report := ""
	if m.Root.Type == "multipart/report" {
		report = strings.ToLower(m.Root.Params["report-type"])
	}
	switch {
	case report == "delivery-status" || isBounce(m):
		return KindBounce
	case report == "disposition-notification" || hasPart(content, "message/disposition-notification"):
		return KindAutoReply
	case report == "tlsrpt" || isDMARC(m):
		return KindOther // RFC 8460, RFC 7489: statistics
	case len(docs) > 0:
		return KindReport
	case isVacation(h):
		return KindAutoReply
	case h.Get("In-Reply-To") != "":
		return KindReply
	case namesIncident(h, content):
		return KindReport
	case strings.HasPrefix(strings.ToLower(h.Get("Auto-Submitted")), "auto-replied"):
		return KindAutoReply
	case h.Has("References"):
		return KindReply
	}
	return KindOther
}

// Automatic reports whether a mail says that a program sent it, so that it must
// not be answered (RFC 3834 2, and what came before it).
func (h Header) Automatic() bool {
	for _, v := range h.Values("Auto-Submitted") {
		v, _, _ = strings.Cut(stripComments(v), ";")
		if !strings.EqualFold(strings.TrimSpace(v), "no") {
			return true
		}
	}
	switch strings.ToLower(h.Get("Precedence")) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	// Ticket systems and filters mark by a loop field what they send by themselves.
	for _, name := range []string{"List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Loop", "X-OTRS-Loop"} {
		if h.Has(name) {
			return true
		}
	}
	// Reports have such subjects too, of parcels that never came or from a sensor:
	// these are no auto-replies, but no answers either.
	s := subjectOf(h)
	return h.Get("Return-Path") == "<>" || isVacation(h) || strings.HasPrefix(s, "不在通知") || strings.HasPrefix(s, "【自動送信】")
}

// subjectOf is the subject in lower case, without what stands before that of an
// answer.
func subjectOf(h Header) string {
	s := strings.ToLower(strings.TrimSpace(DecodeWords(h.Get("Subject"))))
	for _, mark := range []string{"re:", "aw:", "re：", "sv:"} {
		s = strings.TrimSpace(strings.TrimPrefix(s, mark))
	}
	return s
}

// isVacation recognises what answers every mail.
func isVacation(h Header) bool {
	for _, name := range []string{"X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder"} {
		if v := h.Get(name); v != "" && !strings.EqualFold(v, "no") {
			return true
		}
	}
	if mailer := strings.ToLower(h.Get("X-Mailer")); mailer == "vacation" || strings.HasPrefix(mailer, "vacation ") {
		return true // of BSD, and its descendants
	}
	subject := subjectOf(h)
	for _, start := range []string{
		"auto:", "automatic reply", "autoreply", "auto reply", "auto-reply", "autoresponse", "out of office", "vacation",
		"[auto-reply]", "[automatyczna", "automatische antwort", "abwesenheitsnotiz", "réponse automatique", "absence du bureau", "respuesta automática", "自動応答", "自動返信",
	} {
		if strings.HasPrefix(subject, start) {
			return true
		}
	}
	return strings.HasPrefix(strings.ToLower(h.Get("Auto-Submitted")), "auto-") && h.Get("In-Reply-To") != ""
}

// isBounce recognises the bounces that are no multipart/report: sent with an
// empty envelope sender or by a mailer daemon, and saying so in the subject.
func isBounce(m *Message) bool {
	if hasPart(m.Root, "message/delivery-status") && m.Root.Type != "message/rfc822" {
		return true
	}
	from := strings.ToLower(m.Header.Get("From"))
	daemon := strings.Contains(from, "mailer-daemon") || strings.Contains(from, "postmaster") ||
		strings.Contains(from, "mail delivery") || m.Header.Get("Return-Path") == "<>"
	if !daemon {
		return m.Header.Has("X-Failed-Recipients")
	}
	subject := strings.ToLower(DecodeWords(m.Header.Get("Subject")))
	for _, word := range []string{
		"undeliver", "returned mail", "returning message", "delivery fail", "failure delivery", "delivery has failed", "mail failure", "delivery status", "delivery delay", "delivery problem",
		"failure notice", "could not be delivered", "not delivered", "mail error", "delayed", "mail delivery", "user unknown",
	} {
		if strings.Contains(subject, word) {
			return true
		}
	}
	return m.Header.Has("X-Failed-Recipients")
}

// hasPart looks for a part of a type, outside attached messages.
func hasPart(p *Part, typ string) bool {
	found := false
	p.Walk(func(part *Part) bool {
		found = found || part.Type == typ
		return part.Type != "message/rfc822"
	})
	return found
}

// isDMARC recognises an aggregate report (RFC 7489 7.2.1.1).
func isDMARC(m *Message) bool {
	subject := strings.ToLower(m.Header.Get("Subject"))
	return strings.HasPrefix(subject, "report domain:") || strings.Contains(subject, "dmarc aggregate")
}

// address matches what an abuse report in free text always has: an IP address,
// also with its dots in brackets, or a URL made harmless.
var address = lazily(`\b\d{1,3}(\.|\[\.\]|\(\.\))\d{1,3}(\.|\[\.\]|\(\.\))\d{1,3}(\.|\[\.\]|\(\.\))\d{1,3}\b|\bhxxps?:|\bh\*\*ps?:|[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:[0-9a-fA-F:]*:[0-9a-fA-F]{1,4}`)

// incidentText caps how much text is searched.
const incidentText = 64 << 10

// namesIncident reports whether subject or text name an address.
func namesIncident(h Header, content *Part) bool {
	if address().MatchString(h.Get("Subject")) {
		return true
	}
	text := content.PlainText()
	return address().MatchString(text[:min(len(text), incidentText)])
}

// lazily compiles an expression when it is first asked for: a command that reads
// no bounce does not wait for those that bounces need.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
