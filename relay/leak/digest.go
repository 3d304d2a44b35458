package leak

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash/crc32"
	"math/bits"
	"net/netip"
	"strings"
	"sync"
)

// derived are the digests of the withheld values, made when a message first
// shows something of their length. An unkeyed digest of a value that can be
// guessed tells the value.
type derived struct {
	md5, sha1, sha256, sum32 digests
}

type digests struct {
	once    sync.Once
	index   index32
	entries []digest
}

type digest struct {
	sum   [sha256.Size]byte
	value int32
	next  int32
	rule  string
}

func (d *digests) add(sum []byte, value int32, rule string) {
	d.entries = append(d.entries, digest{value: value, rule: rule})
	copy(d.entries[len(d.entries)-1].sum[:], sum)
}

func (d *digests) build() {
	d.index = newIndex32(len(d.entries))
	for k := range d.entries {
		d.entries[k].next = d.index.add(first4(d.entries[k].sum[:]), int32(k))
	}
}

// digestsOf returns the set of digests of n bytes.
func (s *Scanner) digestsOf(n int) *digests {
	switch n {
	case md5.Size:
		s.derived.md5.once.Do(func() {
			s.eachForm(func(form []byte, i int32) {
				sum := md5.Sum(form)
				s.derived.md5.add(sum[:], i, ruleMD5)
			})
			s.derived.md5.build()
		})
		return &s.derived.md5
	case sha1.Size:
		s.derived.sha1.once.Do(func() {
			s.eachForm(func(form []byte, i int32) {
				sum := sha1.Sum(form)
				s.derived.sha1.add(sum[:], i, ruleSHA1)
			})
			s.derived.sha1.build()
		})
		return &s.derived.sha1
	case sha256.Size:
		s.derived.sha256.once.Do(func() {
			s.eachForm(func(form []byte, i int32) {
				sum := sha256.Sum256(form)
				s.derived.sha256.add(sum[:], i, ruleSHA256)
			})
			s.derived.sha256.build()
		})
		return &s.derived.sha256
	}
	s.derived.sum32.once.Do(func() {
		s.eachForm(func(form []byte, i int32) {
			s.derived.sum32.add(bytes4(crc32.ChecksumIEEE(form)), i, ruleCRC32)
			s.derived.sum32.add(bytes4(murmur3(form)), i, ruleMurmur3)
		})
		s.derived.sum32.build()
	})
	return &s.derived.sum32
}

func bytes4(x uint32) []byte { return []byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)} }

// eachForm gives the normal forms of every value, and each as a line.
func (s *Scanner) eachForm(do func([]byte, int32)) {
	for i := range s.values {
		for _, form := range normalForms(&s.values[i]) {
			do(form, int32(i))
			do(append(bytes.Clone(form), '\n'), int32(i))
		}
	}
}

func normalForms(v *Value) (forms [][]byte) {
	text := strings.TrimSpace(v.Text)
	add := func(forms [][]byte, texts ...string) [][]byte {
		for _, t := range texts {
			forms = append(forms, []byte(t))
		}
		return forms
	}
	forms = add(forms, text)
	if folded := foldString(text); folded != text {
		forms = add(forms, folded)
	}
	if upper := strings.ToUpper(text); upper != text {
		forms = add(forms, upper)
	}
	switch v.Kind {
	case IPv4, IPv6:
		a, err := parseAddr(v.Kind, text)
		if err != nil {
			break
		}
		forms = append(add(forms, netip.PrefixFrom(a, a.BitLen()).String(), a.StringExpanded(), a.String()), a.AsSlice())
		if b := a.AsSlice(); a.Is4() {
			forms = append(forms, bytes4(swap4(first4(b))))
		}
	case MAC:
		m, _ := parseMAC(text)
		const digits = "0123456789abcdef"
		for _, mark := range []string{":", "-", ""} {
			var f strings.Builder
			for k, x := range m {
				if k > 0 {
					f.WriteString(mark)
				}
				f.WriteByte(digits[x>>4])
				f.WriteByte(digits[x&15])
			}
			forms = add(forms, f.String(), strings.ToUpper(f.String()))
		}
		forms = append(forms, m[:])
	case Domain:
		forms = add(forms, strings.TrimSuffix(strings.ToLower(text), ".")+".", strings.TrimSuffix(strings.ToLower(text), "."))
	case Name:
		forms = add(forms, strings.ReplaceAll(text, " ", ""), strings.ToLower(strings.ReplaceAll(text, " ", "")))
	case ASN:
		n := strings.TrimLeft(strings.ToUpper(text), "ASN ")
		forms = add(forms, n, "AS"+n)
	}
	return forms
}

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
	set := sc.digestsOf(len(sum))
	for k := set.index.find(first4(sum)); k >= 0; k = set.entries[k].next {
		if e := &set.entries[k]; bytes.Equal(e.sum[:len(sum)], sum) && !sc.keptSpan(sc.lex.b, start, end) {
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
