package disclosure

import (
	"net/netip"
	"strings"
)

// rewritten reads the mail address within another one, whose local part ends at
// the @, and reports whether there is one: mail systems write whom a bounce is of
// as bounce+anna=example.com@list.example (VERP) and, where they forward, as
// SRS0=hash=day=example.com=anna@forwarder.example.
func (s *scanner) rewritten(w run, from, at int) bool {
	start := w.pos(from)
	if from > 0 || start == 0 || s.text[start-1] != '=' {
		return false
	}
	k := start - 1
	for k > 0 && start-k < maxAuthority && (inLabel(s.text[k-1]) || s.text[k-1] == '.' || s.text[k-1] == '+') {
		k--
	}
	mailbox, domain := s.text[k:start-1], w.s[from:at]
	switch plus := strings.LastIndexByte(mailbox, '+') + 1; {
	case mailDomain(domain) && (plus > 0 && s.isName(domain, start) || s.r.known.has(domain)):
		mailbox, k = mailbox[plus:], k+plus
	case k > 0 && s.text[k-1] == '=' && mailDomain(mailbox) && s.isName(mailbox, k):
		mailbox, domain = domain, mailbox
	default:
		return false
	}
	mail, ok := Canonical(ClassEmail, mailbox+"@"+domain)
	n := len(s.out)
	for n > 0 && s.out[n-1].Start >= k {
		n--
	}
	if !ok || mailbox == "" || n > 0 && s.out[n-1].End > k {
		return false
	}
	s.out = append(s.out[:n], Token{k, w.pos(at), ClassEmail, mail})
	return true
}

// login reads the account before an @ and an address, as in a URL: ssh bob@192.0.2.1.
func (s *scanner) login(w run, from, at int) bool {
	rest := w.s[at+1:]
	a, n, _ := quad(rest)
	if n == 0 || n < len(rest) && (alnum(rest[n]) || rest[n] == '-' || rest[n] == '.' && n+1 < len(rest) && alnum(rest[n+1])) {
		return false
	}
	s.segments(w.sub(0, from))
	s.emit(w, from, at, ClassAccount, w.s[from:at]+"@"+netip.AddrFrom4(a).String())
	return true
}
