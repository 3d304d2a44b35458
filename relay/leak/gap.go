package leak

import "bytes"

// gap is what stands between two numbers, without blanks, brackets and tags.
type gap uint8

const (
	gapNone gap = iota
	gapBlank
	gapDot
	gapDash
	gapUnder
	gapX
	gapColon
	gapComma
	gapSlash
	gapRange // .. to ~
)

var gapOf = [256]gap{
	' ': gapBlank, '\t': gapBlank, '.': gapDot, '-': gapDash, '_': gapUnder, 'x': gapX, 'X': gapX,
	':': gapColon, ',': gapComma, '/': gapSlash, '~': gapRange, '|': gapComma, ';': gapComma, '+': gapBlank, '*': gapBlank, '[': gapBlank, ']': gapBlank,
	'=': gapBlank, '\'': gapBlank, '"': gapBlank, '\\': gapBlank, '#': gapBlank, '!': gapBlank, '&': gapBlank, '^': gapBlank, '@': gapBlank, '$': gapBlank,
}

// maxGap bounds the steps over one gap.
const maxGap = 24

func gapAt(b []byte, i, j int) gap {
	if j == i+1 {
		return gapOf[b[i]]
	}
	if i == j {
		return gapNone
	}
	kind, word := gapBlank, false
	for n := 0; i < j; n++ {
		if n == maxGap {
			return gapNone
		}
		c := b[i]
		if c == '\n' || c == '\r' || c == '<' || c == ']' {
			if k := skipSoft(b, i); k > i {
				i = k
				continue
			}
		}
		next, width := gapNone, 1
		switch {
		case c == '(' && skipLength(b, i) > i:
			next, width = gapDot, skipLength(b, i)-i
		case isHard(c) && c != ',' || c == '+' || word && (c == '-' || c == '_'):
			i++
			continue
		case dotWord(b[i:j]) > 0:
			if kind != gapBlank && kind != gapDash && kind != gapUnder {
				return gapNone
			}
			kind, word = gapDot, true
			i += dotWord(b[i:j])
			continue
		case isLetter(c):
			switch w := b[i:j]; {
			case len(w) >= 4 && inWords(w[:4], " mask ") && !isAlnum(b[i+4]):
				next, width = gapSlash, 4
			case len(w) >= 7 && inWords(w[:7], " netmask ") && !isAlnum(b[i+7]):
				next, width = gapSlash, 7
			case len(w) >= 2 && inWords(w[:2], " or ") && !isAlnum(b[i+2]):
				next, width = gapComma, 2
			case c|0x20 != 'd' && c|0x20 != 't' && c|0x20 != 'a' && c|0x20 != 'x':
			case len(w) >= 2 && inWords(w[:2], " to ") && !isAlnum(b[i+2]):
				next, width = gapRange, 2
			case len(w) >= 3 && inWords(w[:3], " and ") && !isAlnum(b[i+3]):
				next, width = gapComma, 3
			case c|0x20 == 'x':
				next = gapX
			}
		case bytes.HasPrefix(b[i:j], []byte("から")) || bytes.HasPrefix(b[i:j], []byte("カラ")):
			next, width = gapRange, len("から")
		default:
			next = gapOf[c]
		}
		switch {
		case next == gapNone:
			return gapNone
		case kind == gapBlank:
			kind = next
		case kind == gapDot && next == gapDot, kind == gapRange && (next == gapDot || next == gapDash), kind == gapDash && next == gapDot:
			kind = gapRange
		case kind == gapDot && next == gapUnder, kind == gapUnder && next == gapDot:
			kind = gapDot
		case kind == gapComma && (next == gapDot || next == gapComma):
		default:
			return gapNone
		}
		i += width
	}
	return kind
}

// dotWord is the length of a word for the full stop at the start of a gap.
func dotWord(w []byte) int {
	switch {
	case len(w) >= 3 && inWords(w[:3], " dot ") && (len(w) == 3 || !isLetter(w[3])):
		return 3
	case len(w) >= 5 && inWords(w[:5], " punkt point punto ponto ") && (len(w) == 5 || !isLetter(w[5])):
		return 5
	case bytes.HasPrefix(w, []byte("ドット")):
		return len("ドット")
	}
	return 0
}
