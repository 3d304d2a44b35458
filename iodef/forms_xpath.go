package iodef

import "strings"

// isXPath tells whether s parses as an XPath 1.0 expression, roughly: tokens
// are right, brackets match, and operators stand between operands. It is
// never run.
func isXPath(s string) bool {
	p := &xpathParser{s: s}
	return p.expression(0) && p.skip() == len(s)
}

type xpathParser struct {
	s  string
	at int
}

func (p *xpathParser) skip() int {
	for p.at < len(p.s) && isBlank(p.s[p.at]) {
		p.at++
	}
	return p.at
}

func (p *xpathParser) take(token string) bool {
	p.skip()
	if !strings.HasPrefix(p.s[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

// word takes a name, also with a prefix and with *.
func (p *xpathParser) word() bool {
	p.skip()
	n := ncName(p.s[p.at:])
	if n == 0 {
		return p.take("*")
	}
	p.at += n
	if strings.HasPrefix(p.s[p.at:], ":") && !strings.HasPrefix(p.s[p.at:], "::") {
		p.at++
		if m := ncName(p.s[p.at:]); m > 0 {
			p.at += m
			return true
		}
		return p.take("*")
	}
	return true
}

// maxXPathDepth stops "((((…": the parser calls itself.
const maxXPathDepth = 64

func (p *xpathParser) expression(depth int) bool {
	if depth > maxXPathDepth {
		return false
	}
	for {
		for p.take("-") {
		}
		if !p.path(depth) {
			return false
		}
		if !p.operator() {
			return true
		}
	}
}

func (p *xpathParser) operator() bool {
	for _, op := range [...]string{"|", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*"} {
		if p.take(op) {
			return true
		}
	}
	for _, op := range [...]string{"and", "or", "div", "mod"} {
		p.skip()
		if n := ncName(p.s[p.at:]); n == len(op) && p.s[p.at:p.at+n] == op {
			p.at += n
			return true
		}
	}
	return false
}

// path is a primary expression or a location path with its predicates.
func (p *xpathParser) path(depth int) bool {
	p.skip()
	start := p.at
	switch {
	case p.take("("):
		if !p.expression(depth+1) || !p.take(")") {
			return false
		}
	case p.take("$"):
		if !p.word() {
			return false
		}
	case p.literal(), p.number():
	case p.take("//"):
		if !p.step(depth) {
			return false
		}
	case p.take("/"):
		if !p.step(depth) {
			return true // the root alone
		}
	default:
		if !p.step(depth) {
			return false
		}
	}
	if !p.predicates(depth) {
		return false
	}
	for p.take("//") || p.take("/") {
		if !p.step(depth) {
			return false
		}
	}
	return p.at > start
}

func (p *xpathParser) step(depth int) bool {
	if p.take("..") || p.take(".") {
		return true
	}
	attribute := p.take("@")
	if !p.word() {
		return false
	}
	if !attribute && p.take("::") && !p.word() {
		return false
	}
	if p.take("(") {
		for !p.take(")") {
			if !p.expression(depth + 1) {
				return false
			}
			p.take(",")
		}
	}
	return p.predicates(depth)
}

func (p *xpathParser) predicates(depth int) bool {
	for p.take("[") {
		if !p.expression(depth+1) || !p.take("]") {
			return false
		}
	}
	return true
}

func (p *xpathParser) literal() bool {
	p.skip()
	if p.at == len(p.s) || p.s[p.at] != '"' && p.s[p.at] != '\'' {
		return false
	}
	end := strings.IndexByte(p.s[p.at+1:], p.s[p.at])
	if end < 0 {
		return false
	}
	p.at += end + 2
	return true
}

func (p *xpathParser) number() bool {
	rest := p.s[p.at:]
	n := digits(rest)
	if strings.HasPrefix(rest[n:], ".") {
		if m := digits(rest[n+1:]); n+m > 0 {
			n += 1 + m
		}
	}
	p.at += n
	return n > 0
}
