package leak

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash/crc32"
	"math/bits"
	"sync"
)

// derived are the digests of the withheld values, made when a message first
// shows something of their length. An unkeyed digest of a value that can be
// guessed tells the value.
type derived struct {
	once                     sync.Once
	forms                    []form
	md5, sha1, sha256, sum32 digests
}

// form is one way to write a value before it is hashed, and a line end behind
// it: echo writes one.
type form struct {
	line  []byte
	value int32
}

type digests struct {
	once    sync.Once
	index   index32
	sums    []byte // one behind the other
	entries []digest
}

type digest struct {
	value int32
	next  int32
	rule  string
}

// digestsOf returns the set of digests of n bytes.
func (s *Scanner) digestsOf(n int) *digests {
	d := &s.derived.sum32
	switch n {
	case md5.Size:
		d = &s.derived.md5
	case sha1.Size:
		d = &s.derived.sha1
	case sha256.Size:
		d = &s.derived.sha256
	}
	d.once.Do(func() {
		s.derived.once.Do(func() { s.derived.forms = s.normalForms() })
		d.make(s.derived.forms, n)
	})
	return d
}

// make hashes each form, alone and as a line.
func (d *digests) make(forms []form, n int) {
	size := 2 * len(forms)
	if n == 4 {
		size *= 2
	}
	d.entries, d.sums = make([]digest, 0, size), make([]byte, 0, size*n)
	for _, f := range forms {
		for _, text := range [2][]byte{f.line[:len(f.line)-1], f.line} {
			switch n {
			case md5.Size:
				sum := md5.Sum(text)
				d.add(sum[:], f.value, ruleMD5)
			case sha1.Size:
				sum := sha1.Sum(text)
				d.add(sum[:], f.value, ruleSHA1)
			case sha256.Size:
				sum := sha256.Sum256(text)
				d.add(sum[:], f.value, ruleSHA256)
			default:
				d.add(bytes4(crc32.ChecksumIEEE(text)), f.value, ruleCRC32)
				d.add(bytes4(murmur3(text)), f.value, ruleMurmur3)
			}
		}
	}
	d.index = newIndex32(len(d.entries))
	for k := range d.entries {
		d.entries[k].next = d.index.add(first4(d.sums[k*n:]), int32(k))
	}
}

func (d *digests) add(sum []byte, value int32, rule string) {
	d.entries = append(d.entries, digest{value: value, rule: rule})
	d.sums = append(d.sums, sum...)
}

func bytes4(x uint32) []byte { return []byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)} }

// murmur3 is MurmurHash3_x86_32 with seed 0.
func murmur3(b []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	var h, tail uint32
	n := uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		h ^= bits.RotateLeft32(k*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	for i := len(b) - 1; i >= 0; i-- {
		tail = tail<<8 | uint32(b[i])
	}
	h ^= bits.RotateLeft32(tail*c1, 15) * c2
	h ^= n
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// digest reports the value whose digest is sum.
func (sc *scan) digest(sum []byte, start, end int) {
	n := len(sum)
	set := sc.digestsOf(n)
	for k := set.index.find(first4(sum)); k >= 0; k = set.entries[k].next {
		if e := &set.entries[k]; bytes.Equal(set.sums[int(k)*n:][:n], sum) && !sc.keptSpan(sc.lex.b, start, end) {
			sc.hit(sc.lex.v, e.value, e.rule, start)
		}
	}
}

// digestHex takes 32, 40 or 64 hex digits.
func (sc *scan) digestHex(start, end int) {
	var sum [32]byte
	n := (end - start) / 2
	for i := range n {
		sum[i], _ = hex2(sc.lex.b, start+2*i)
	}
	sc.digest(sum[:n], start, end)
}

// digestRun takes base64 symbols: a digest alone, or the end of a longer run
// that is padded as a digest is.
func (sc *scan) digestRun(sym []byte, start, end int) {
	for _, n := range [3]int{22, 27, 43} {
		if len(sym) >= n {
			d := sc.decode64(sym[len(sym)-n:])
			sc.digest(d[:n*6/8], start, end)
		}
	}
}

// digestLines takes those lines of a run that are as long as a digest: one at the
// end of a line makes a run with the word that begins the next.
func (sc *scan) digestLines(start, end int) {
	b := sc.lex.b
	for from := start; from < end; {
		to := end
		if n := bytes.IndexByte(b[from:end], '\n'); n >= 0 {
			to = from + n
		}
		line := bytes.Trim(b[from:to], " \t\r")
		if n := len(line); n == 22 || n == 27 || n == 43 {
			var sym [43]byte
			for k, c := range line {
				sym[k] = base64Value[c]
			}
			sc.digest(sc.decode64(sym[:n])[:n*6/8], from, to)
		}
		from = to + 1
	}
}

// endsInField says whether a run goes on into a header field of MIME in the line
// below it, as a delimiter does. No digest ends in the eight letters of
// "Content-", and each message would have those of all its values made.
func endsInField(b []byte, start, end int) bool {
	name := b[bytes.LastIndexByte(b[start:end], '\n')+1+start : end]
	return len(name) < end-start && end < len(b) && b[end] == ':' && word(name).begins("content-")
}

// ruleHex32 takes eight hex digits as a 32-bit sum.
func (sc *scan) ruleHex32(start, end int) {
	var sum [4]byte
	for i := range sum {
		sum[i], _ = hex2(sc.lex.b, start+2*i)
	}
	sc.digest(sum[:], start, end)
	sc.digest(bytes4(swap4(first4(sum[:]))), start, end)
}

// ruleDigest32 takes a decimal number as a 32-bit sum, signed or not.
func (sc *scan) ruleDigest32(n *number) {
	if n.value > 1<<32-1 || n.value < 1e6 || n.hex {
		return
	}
	x := uint32(n.value)
	sc.digest(bytes4(x), n.start, n.end)
	if n.start > 0 && sc.lex.b[n.start-1] == '-' {
		sc.digest(bytes4(-x), n.start, n.end)
	}
}
