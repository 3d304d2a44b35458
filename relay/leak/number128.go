package leak

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// ruleNumber128 reads one decimal number as an IPv6 address or a MAC.
func (sc *scan) ruleNumber128(start, end int) {
	if end-start > 39 || len(sc.nets6)+len(sc.macs) == 0 {
		return
	}
	var hi, lo uint64
	for _, c := range sc.lex.b[start:end] {
		over, low := bits.Mul64(lo, 10)
		var carry uint64
		lo, carry = bits.Add64(low, uint64(c-'0'), 0)
		hi = hi*10 + over + carry
	}
	if hi != 0 {
		var a [16]byte
		binary.BigEndian.PutUint64(a[:], hi)
		binary.BigEndian.PutUint64(a[8:], lo)
		sc.addr6(netip.AddrFrom16(a), ruleIPv6Number, start)
		return
	}
	for k := range sc.macs {
		var m [8]byte
		copy(m[2:], sc.macs[k].addr[:])
		if binary.BigEndian.Uint64(m[:]) == lo && lo >= 1<<32 {
			sc.hit(sc.lex.v, sc.macs[k].value, ruleMACNumber, start)
		}
	}
}
