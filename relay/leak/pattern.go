package leak

import (
	"bytes"
	"unicode/utf8"
)

// pattern is a folded textual value as a row of steps: a byte to be met, or a
// separator that is written in many ways.
type pattern struct {
	value int32
	next  int32 // in the tree
	rule  string
	steps []byte // folded bytes; below 0x20 the separators
	left  bound
	right bound
	caps  string // short value: the exact letters that must stand there
	near  bool   // common word: only beside a word that announces it
	joins bool   // a full stop may be another mark: www-example-co-jp
}

// Separators among the steps.
const (
	stepDot   = 1 + iota // a full stop, defanged or not
	stepAt               // @, (at), % of user%host
	stepSlash            // one or more of / and \
	stepAny              // anything that is no letter or digit, or nothing
	stepPlus             // an optional +tag of a mail address
	stepPort             // an optional :80 or full stop behind the host of a URL
)

// bound is what may not stand beside a match.
type bound uint8

const (
	boundWord    bound = iota // letter or digit
	boundLabel                // those and what joins them to a longer name: a-b, a_b
	boundMailbox              // those and a.b
	boundName                 // of a name with dots: file names join others to it, a_b.c-d
	boundNone
)

// maxJunk bounds what is skipped between two steps: an attacker's message of
// nothing but tags would otherwise make the search quadratic.
const maxJunk = 8

// match walks the pattern from i. It returns the end, or -1.
func (p *pattern) match(b []byte, i int) int { return matchSteps(p.steps, p.joins, b, i) }

func matchSteps(steps []byte, joins bool, b []byte, i int) int {
	skipped := 0
	for k := 0; k < len(steps); {
		step := steps[k]
		if i < len(b) && lower(b[i]) == step {
			i++
			k++
			continue
		}
		var j int
		switch step {
		case stepDot:
			if j = skipDot(b, i); j < 0 && joins && i+1 < len(b) && isJoin(b[i]) {
				j = i + 1
			}
		case stepAt:
			j = skipAt(b, i)
		case stepSlash:
			j = skipSlashes(b, i)
		case stepAny:
			j = skipJunk(b, i)
		case stepPlus:
			j = skipTag(b, i)
		case stepPort:
			j = skipPort(b, i)
		default:
			if j = skipSoft(b, i); j == i || skipped == maxJunk {
				return -1
			}
			skipped++
			i = j
			continue
		}
		if j < 0 {
			return -1
		}
		i, k = j, k+1
	}
	return i
}

// isJoin says whether a mark joins the labels of a name where full stops may
// not stand: in host names of a cache or a mail service, paths, identifiers.
func isJoin(c byte) bool {
	switch c {
	case '-', '_', '/', ',', '|', ':', '+', '=', ';', '\'', '"':
		return true
	}
	return false
}

// isSoft says whether skipSoft may skip something at a byte.
func isSoft(c byte) bool { return c == '\r' || c == '\n' || c == '<' || c == ']' }

// skipSoft skips what splits a word without being seen: line ends with the
// indent or quote mark that follows, tags, comments, CDATA marks.
func skipSoft(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '\r', '\n':
		for i < len(b) && (b[i] == '\r' || b[i] == '\n' || b[i] == ' ' || b[i] == '\t') {
			i++
		}
		for i+1 < len(b) && b[i] == '>' {
			i++
			if b[i] == ' ' {
				i++
			}
		}
	case '<':
		return skipTagMark(b, i)
	case ']':
		if bytes.HasPrefix(b[i:], []byte("]]>")) {
			return i + 3
		}
	}
	return i
}

// maxTag bounds one tag or comment, for the reason of maxJunk.
const maxTag = 1024

func skipTagMark(b []byte, i int) int {
	rest := b[i:]
	if len(rest) > maxTag {
		rest = rest[:maxTag]
	}
	if len(rest) < 3 {
		return i
	}
	switch c := rest[1]; {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return i + len("<![CDATA[")
	case bytes.HasPrefix(rest, []byte("<!--")):
		if n := bytes.Index(rest, []byte("-->")); n > 0 {
			return i + n + 3
		}
	case isLetter(c) || c == '/' || c == '?' || c == '!':
		if n := bytes.IndexByte(rest, '>'); n > 0 {
			return i + n + 1
		}
	}
	return i
}

// hard junk may stand around a separator.
func isHard(c byte) bool {
	switch c {
	case ' ', '\t', '[', ']', '(', ')', '{', '}', '<', '>', '"', '\'', '\\', '`', '|', ',':
		return true
	}
	return false
}

func skipHard(b []byte, i int) int {
	for n := 0; n < maxJunk && i < len(b); n++ {
		if j := skipSoft(b, i); j > i {
			i = j
		} else if isHard(b[i]) {
			i++
		} else {
			break
		}
	}
	return i
}

func skipDot(b []byte, i int) int {
	if j := skipLength(b, i); j > i {
		return j
	}
	j := skipHard(b, i)
	switch {
	case i+4 < len(b) && b[i] == '/' && word(b[i+1:i+4]).is("dc="):
		return i + 4 // or as OpenSSL has one
	case j+3 < len(b) && lower(b[j]) == 'd' && lower(b[j+1]) == 'c' && b[j+2] == '=' && j > i && (b[j-1] == ',' || b[j-1] == ' '):
		return j + 3 // a name as LDAP has it, RFC 2247
	case j < len(b) && b[j] == '.':
		j++
	case j > i && j+3 < len(b) && lower(b[j]) == 'd' && lower(b[j+1]) == 'o' && lower(b[j+2]) == 't' && !isAlnum(b[j+3]):
		j += 3
	case i+4 < len(b) && (b[i] == '-' || b[i] == '_') && inWords(b[i+1:i+4], " dot ") && b[i+4] == b[i]:
		return i + 5
	default:
		return -1
	}
	return skipHard(b, j)
}

// skipLength skips the length of the label that follows, as it stands in a
// message of DNS (RFC 1035 3.1) or, in brackets, in a log of it.
func skipLength(b []byte, i int) int {
	n, j := 0, i
	switch {
	case i >= len(b):
		return i
	case b[i] > 0 && b[i] < 0x20:
		n, j = int(b[i]), i+1
	case b[i] == '(':
		for j++; j < len(b) && j < i+3 && isDigit(b[j]); j++ {
			n = n*10 + int(b[j]-'0')
		}
		if j == len(b) || b[j] != ')' {
			return i
		}
		j++
	default:
		return i
	}
	if n == 0 || n > len(b)-j {
		return i
	}
	for k := j; k < j+n; k++ {
		if !isAlnum(b[k]) && b[k] != '-' && b[k] != '_' {
			return i
		}
	}
	if j+n < len(b) && isAlnum(b[j+n]) {
		return i
	}
	return j
}

func skipAt(b []byte, i int) int {
	j := skipHard(b, i)
	switch {
	case j < len(b) && (b[j] == '@' || b[j] == '%' || b[j] == '=' || b[j] == '!' || b[j] == '#'):
		j++
	case i+3 < len(b) && b[i] == '<' && lower(b[i+1]) == 'a' && lower(b[i+2]) == 't' && b[i+3] == '>':
		j = i + 4
	case j+3 < len(b) && (b[j] == '-' || b[j] == '_') && lower(b[j+1]) == 'a' && lower(b[j+2]) == 't' && b[j+3] == b[j]:
		j += 4
	case j < len(b) && b[j] == '_':
		j++
	case bytes.HasPrefix(b[j:], []byte("アット")):
		j += len("アット")
	case j > i && j+2 < len(b) && lower(b[j]) == 'a' && lower(b[j+1]) == 't' && !isAlnum(b[j+2]):
		j += 2
	default:
		return -1
	}
	return skipHard(b, j)
}

func skipSlashes(b []byte, i int) int {
	j := i
	for j < len(b) && (b[j] == '/' || b[j] == '\\' || b[j] == '[' || b[j] == ']') {
		j++
	}
	if j == i {
		return -1
	}
	return j
}

func skipJunk(b []byte, i int) int {
	for n := 0; n < 2*maxJunk && i < len(b); n++ {
		if j := skipSoft(b, i); j > i {
			i = j
		} else if c := b[i]; c >= 0x20 && c < 0x7f && !isAlnum(c) || c == '\t' {
			i++
		} else {
			break
		}
	}
	return i
}

// skipTag skips "+tag" before the @ of a mail address.
func skipTag(b []byte, i int) int {
	if i >= len(b) || b[i] != '+' {
		return i
	}
	for i++; i < len(b) && (isAlnum(b[i]) || b[i] == '-' || b[i] == '_' || b[i] == '.'); i++ {
	}
	return i
}

// skipPort skips what may stand behind a host without making another of it.
func skipPort(b []byte, i int) int {
	j := i
	if j+1 < len(b) && b[j] == '.' && (b[j+1] == '/' || b[j+1] == ':') {
		j++
	}
	if j+1 < len(b) && b[j] == ':' && isDigit(b[j+1]) {
		for j++; j < len(b) && j < i+8 && isDigit(b[j]); j++ {
		}
	}
	return j
}

// bounded says whether a match at [i,j) stands on its own.
func (p *pattern) bounded(b []byte, i, j int) bool {
	if i > 0 && !openLeft(b, i, j, p.left) && !p.joined(b, i, j) {
		return false
	}
	if j < len(b) && isAlnum(b[j]) && p.right != boundNone {
		return false
	}
	if p.right == boundLabel && j+1 < len(b) && (b[j] == '-' || b[j] == '_') && isAlnum(b[j+1]) {
		return false
	}
	return true
}

// joined says whether a name or mail address stands in [i,j) with other marks
// than its own; then a hyphen before it is one of those, not a part of a label.
func (p *pattern) joined(b []byte, i, j int) bool {
	switch {
	case isAlnum(b[i-1]):
		return false
	case p.left == boundName:
		return p.joins && bytes.IndexByte(b[i:j], '.') < 0
	case p.left == boundMailbox:
		return bytes.IndexByte(b[i:j], '@') < 0
	}
	return false
}

func openLeft(b []byte, i, j int, want bound) bool {
	switch c := b[i-1]; {
	case want == boundNone:
		return true
	case isAlnum(c):
		return false
	case want == boundLabel && (c == '-' || c == '_'):
		return i < 2 || !isAlnum(b[i-2])
	case want == boundName && c == '-':
		// my-a.b is another name than a.b; my-a.b-c and my-a.b.c are files.
		return i < 2 || !isAlnum(b[i-2]) || j+1 < len(b) && (b[j] == '-' || b[j] == '_' || b[j] == '.') && isAlnum(b[j+1])
	case want == boundMailbox && (c == '-' || c == '_' || c == '.'):
		return i < 2 || !isAlnum(b[i-2])
	}
	return true
}

// exact says whether the letters of a short value stand in [i,j) as they are.
func (p *pattern) exact(b []byte, i, j int) bool {
	if p.caps == "" {
		return true
	}
	if string(b[i:j]) != p.caps {
		return false
	}
	joined := func(c byte) bool {
		return c == '.' || c == '-' || c == '_' || c == '@' || c == '/' || c >= utf8.RuneSelf
	}
	return (i == 0 || !joined(b[i-1])) && (j+1 >= len(b) || !joined(b[j]) || !isAlnum(b[j+1]))
}
