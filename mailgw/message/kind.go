package message

import "strings"

// A Kind is what a mail is for, as far as its form tells.
type Kind string

const (
	KindReport    Kind = "report"     // carries an incident document
	KindReply     Kind = "reply"      // answers another mail
	KindBounce    Kind = "bounce"     // a delivery status notification (RFC 3464)
	KindAutoReply Kind = "auto-reply" // made by a program in answer (RFC 3834, 8098)
	KindOther     Kind = "other"
)

// Classify tells the kind of a mail, given the documents found in what a
// reader sees of it. A report stays a report when its sender's software marks
// it Auto-Submitted.
func Classify(m *Message, docs []Document) Kind {
	root := m.Root
	switch {
	case root.Type == "multipart/report" && strings.EqualFold(root.Params["report-type"], "delivery-status"):
		return KindBounce
	case root.Type == "multipart/report" && strings.EqualFold(root.Params["report-type"], "disposition-notification"):
		return KindAutoReply
	case len(docs) > 0:
		return KindReport
	case autoSubmitted(m.Header):
		return KindAutoReply
	case m.Header.Has("In-Reply-To") || m.Header.Has("References"):
		return KindReply
	}
	return KindOther
}

// autoSubmitted follows RFC 3834 2 and 5.
func autoSubmitted(h Header) bool {
	for _, v := range h.Values("Auto-Submitted") {
		v, _, _ = strings.Cut(v, ";")
		if strings.EqualFold(strings.TrimSpace(stripComments(v)), "auto-replied") {
			return true
		}
	}
	return false
}
