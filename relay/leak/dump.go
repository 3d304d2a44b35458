package leak

import "bytes"

// minDumpRow is how many bytes show that a line is of a hexdump: a date and a time
// are seven. The last line may have fewer.
const minDumpRow = 8

// dumpRow is a row of hex words of one width in a line of a hexdump.
type dumpRow struct {
	start, end int
	width      int  // digits of a word
	size       int  // bytes
	offset     bool // a longer number stands before it
	begins     bool // the line begins with it
}

// better says whether the row is rather the bytes of the line than another: what
// an offset announces is, then what is longer; a time of day is neither.
func (r *dumpRow) better(than *dumpRow) bool {
	if r.offset != than.offset {
		return r.offset
	}
	return r.size > than.size
}

// dumpLines joins the lines of a hexdump: an offset, up to 16 bytes, and what
// they look like. Only the bytes are taken. An offset can be as wide as they
// are, and a log stand before it: the lines are joined in two ways.
func (sc *scan) dumpLines(v *view, b []byte, lo int) {
	sc.joinLines(v, b, lo, dumpLine)
	sc.joinLines(v, b, lo, dumpRowOf)
}

func (sc *scan) joinLines(v *view, b []byte, lo int, rowOf func(line []byte) dumpRow) {
	d := []byte(nil)
	start, lines, width := 0, 0, 0
	flush := func(end int) {
		if lines > 1 {
			sc.blobRun(v, d, start, end, &sc.lex.raw)
			if width > 2 {
				swapWords(d, width/2)
				sc.blobRun(v, d, start, end, &sc.lex.raw)
			}
		}
		d, lines = d[:0], 0
	}
	for i := lo; i < len(b); {
		end := len(b)
		if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
			end = i + n
		}
		row := rowOf(b[i:end])
		goesOn := row.offset || row.width == width && (row.size >= minDumpRow || row.begins)
		if lines > 0 && !goesOn {
			flush(i)
		}
		if lines > 0 || row.offset || row.size >= minDumpRow {
			if lines == 0 {
				start, width = i, row.width
			}
			d = hexWords(d, b[i+row.start:i+row.end])
			lines++
		}
		i = end + 1
	}
	flush(len(b))
}

// dumpLine returns the bytes of a line that begins with its offset.
func dumpLine(line []byte) (row dumpRow) {
	i := 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if i+1 < len(line) && line[i] == '0' && line[i+1]|0x20 == 'x' {
		i += 2
	}
	offset := i
	for i < len(line) && isHex(line[i]) {
		i++
	}
	if i-offset < 4 || i-offset > 8 || i == len(line) || line[i] != ':' && line[i] != ' ' && line[i] != '\t' {
		return row
	}
	for i < len(line) && row.size < 16 {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == ':' || line[i] == '-') {
			i++
		}
		k := i
		for k < len(line) && isHex(line[k]) {
			k++
		}
		if n := k - i; n == 0 || n&1 != 0 || n > 8 || k < len(line) && line[k] != ' ' && line[k] != '\t' && line[k] != '-' && line[k] != '\r' {
			break
		}
		if row.size == 0 {
			row = dumpRow{start: i, width: k - i, offset: true}
		}
		row.size, row.end = row.size+(k-i)/2, k
		i = k
	}
	return row
}

// dumpRowOf returns the row of hex words that is rather the bytes of a line than
// any other.
func dumpRowOf(line []byte) (best dumpRow) {
	var row dumpRow
	end, last := 0, 0 // of the word before, and its hex digits
	for i := 0; i < len(line); {
		if !isAlnum(line[i]) {
			i++
			continue
		}
		start := i
		if i+2 < len(line) && line[i] == '0' && line[i+1]|0x20 == 'x' {
			i += 2
		}
		digits := i
		for i < len(line) && isHex(line[i]) {
			i++
		}
		n := i - digits
		for ; i < len(line) && isAlnum(line[i]); i++ {
			n = 0
		}
		if n != 2 && n != 4 && n != 8 {
			row = dumpRow{}
		} else {
			gap := line[end:start]
			if row.size == 0 || last != row.width || n > row.width || n < row.width && row.size == row.width/2 && !row.offset || !dumpJoins(gap) || row.size >= 16 && len(gap) > 1 {
				row = dumpRow{start: start, width: n, offset: last >= 4 && string(gap) != "-", begins: isMargin(line[:start])}
			}
			row.size, row.end = row.size+n/2, i // the last word may be shorter, the bytes are than an offset
			if row.better(&best) {
				best = row
			}
		}
		end, last = i, n
	}
	return best
}

// dumpJoins says whether the words of a row may have this between them.
func dumpJoins(gap []byte) bool {
	if len(gap) == 1 {
		return dumpGap(gap, 0, 1)
	}
	return len(gap) <= 4 && len(bytes.Trim(gap, " \t,-")) == 0
}

func isMargin(b []byte) bool { return len(bytes.Trim(b, " \t>|")) == 0 }
