package message

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// An Address is one mailbox.
type Address struct {
	Name string // display name, decoded and cleaned; says nothing about who sent
	Addr string // local part @ domain as it came
}

// errAddress covers every fault of an address list: who cannot be read is
// nobody.
var errAddress = errors.New("malformed address list")

// From returns every address of every From field. An error means that at least
// one field is no address list, or that there is none.
func (h Header) From() ([]Address, error) { return h.addresses("From") }

// Sender returns the addresses of the Sender fields.
func (h Header) Sender() ([]Address, error) { return h.addresses("Sender") }

// ReplyTo returns the addresses of the Reply-To fields.
func (h Header) ReplyTo() ([]Address, error) { return h.addresses("Reply-To") }

// To returns the addresses of the To fields.
func (h Header) To() ([]Address, error) { return h.addresses("To") }

func (h Header) addresses(name string) ([]Address, error) {
	var list []Address
	for _, v := range h.Values(name) {
		l, err := ParseAddresses(v)
		if err != nil {
			return list, err
		}
		list = append(list, l...)
	}
	if len(list) == 0 {
		return nil, errAddress
	}
	return list, nil
}

// ParseAddresses reads an RFC 5322 3.4 address list strictly: no source routes,
// no text beside an address, comments only where white space may stand and
// never as a name. net/mail and others differ in such corners (GO-2024-2609),
// and a trust decision must not.
func ParseAddresses(s string) ([]Address, error) {
	p := addressParser{s: s}
	var list []Address
	for {
		if !p.blanks() {
			return nil, errAddress
		}
		if p.s == "" {
			return list, nil
		}
		if p.s[0] == ',' { // obs-addr-list: empty members
			p.s = p.s[1:]
			continue
		}
		members, ok := p.address()
		if !ok || !p.blanks() || p.s != "" && p.s[0] != ',' {
			return nil, errAddress
		}
		list = append(list, members...)
	}
}

type addressParser struct {
	s     string
	depth int
}

// address reads a mailbox or a group.
func (p *addressParser) address() ([]Address, bool) {
	start := p.s
	if addr, ok := p.addrSpec(); ok && p.blanks() && (p.s == "" || p.s[0] == ',' || p.s[0] == ';') {
		return []Address{{Addr: addr}}, true
	}
	p.s = start
	name, ok := p.phrase()
	if !ok || p.s == "" {
		return nil, false
	}
	switch p.s[0] {
	case '<':
		p.s = p.s[1:]
		if !p.blanks() {
			return nil, false
		}
		addr, ok := p.addrSpec()
		if !ok || !p.blanks() || !strings.HasPrefix(p.s, ">") {
			return nil, false
		}
		p.s = p.s[1:]
		if strings.IndexByte(name.bare, '@') >= 0 && !strings.EqualFold(name.bare, addr) {
			return nil, false
		}
		return []Address{{Name: DecodeWords(name.text), Addr: addr}}, true
	case ':':
		if p.depth > 0 || strings.IndexByte(name.bare, '@') >= 0 {
			return nil, false
		}
		p.s = p.s[1:]
		p.depth++
		defer func() { p.depth-- }()
		return p.group()
	}
	return nil, false
}

// group reads the members of a group up to its semicolon.
func (p *addressParser) group() ([]Address, bool) {
	var list []Address
	for {
		if !p.blanks() || p.s == "" {
			return nil, false
		}
		switch p.s[0] {
		case ';':
			p.s = p.s[1:]
			return list, true
		case ',':
			p.s = p.s[1:]
			continue
		}
		members, ok := p.address()
		if !ok {
			return nil, false
		}
		list = append(list, members...)
	}
}

// A phrase is a display name; bare is its unquoted part.
type phrase struct{ text, bare string }

// phrase reads words up to the next "<" or ":". An "@" outside quotes is let
// through to address, which accepts it in one place.
func (p *addressParser) phrase() (phrase, bool) {
	var text, bare []string
	for {
		if !p.blanks() || p.s == "" {
			return phrase{}, false
		}
		switch c := p.s[0]; {
		case c == '<' || c == ':':
			return phrase{strings.Join(text, " "), strings.Join(bare, " ")}, true
		case c == '"':
			q, ok := p.quoted()
			if !ok {
				return phrase{}, false
			}
			text = append(text, q)
		default:
			n := 0
			for n < len(p.s) && (isAtext(p.s[n]) || p.s[n] == '.' || p.s[n] == '@') {
				// QUIRK: the address itself as unquoted name, common in
				// ticket systems; accepted only where it is the same.
				n++
			}
			if n == 0 {
				return phrase{}, false
			}
			text, bare = append(text, p.s[:n]), append(bare, p.s[:n])
			p.s = p.s[n:]
		}
	}
}

// addrSpec reads local-part "@" domain without blanks inside.
func (p *addressParser) addrSpec() (string, bool) {
	s := p.s
	var local string
	if strings.HasPrefix(s, `"`) {
		q := addressParser{s: s}
		if _, ok := q.quoted(); !ok {
			return "", false
		}
		local, s = s[:len(s)-len(q.s)], q.s
	} else {
		local, s = dotAtom(s)
	}
	if local == "" || !strings.HasPrefix(s, "@") {
		return "", false
	}
	domain, rest := dotAtom(s[1:])
	if domain == "" || len(local)+len(domain) > 320 || strings.ContainsAny(domain, "_!#$%&'*+/=?^`{|}~") {
		return "", false // no domain literals: they name a host, not a party
	}
	addr := p.s[:len(p.s)-len(rest)]
	p.s = rest
	return addr, true
}

func dotAtom(s string) (atom, rest string) {
	n := 0
	for n < len(s) && (isAtext(s[n]) || s[n] == '.' && n > 0 && s[n-1] != '.') {
		n++
	}
	atom, rest = s[:n], s[n:]
	if strings.HasSuffix(atom, ".") || !utf8.ValidString(atom) {
		return "", s
	}
	return atom, rest
}

// quoted reads a quoted string and returns its content.
func (p *addressParser) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '\\' && i+1 < len(p.s):
			i++
			b.WriteByte(p.s[i])
		case c == '"':
			p.s = p.s[i+1:]
			return b.String(), true
		case c < ' ' && c != '\t':
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// blanks skips white space and comments (CFWS).
func (p *addressParser) blanks() bool {
	for {
		p.s = strings.TrimLeft(p.s, " \t\r\n")
		if !strings.HasPrefix(p.s, "(") {
			return true
		}
		depth, i := 0, 0
		for ; i < len(p.s); i++ {
			switch p.s[i] {
			case '\\':
				i++
				continue
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				break
			}
		}
		if depth != 0 || i >= len(p.s) {
			return false
		}
		p.s = p.s[i+1:]
	}
}

// isAtext checks RFC 5322 atext with the UTF-8 of RFC 6532.
func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}
