package leak

import "encoding/binary"

// embedded looks for withheld IPv4 addresses and MACs within an IPv6 address.
func (sc *scan) embedded(a [16]byte, off int) {
	if len(sc.addrs4)+len(sc.nets4) > 0 {
		sc.embedded4(a, off)
	}
	if len(sc.macs) > 0 {
		sc.ruleEUI64(a, off)
	}
}

func (sc *scan) embedded4(a [16]byte, off int) {
	hi, lo := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(a[8:])
	last := uint32(lo)
	switch {
	case hi == 0 && lo>>32 == 0xffff: // RFC 4291 2.5.5.2
		sc.embed(last, ruleIPv4Mapped, off)
	case hi == 0 && lo>>32 == 0: // 2.5.5.1
		sc.embed(last, ruleIPv4Compat, off)
	case hi>>32 == 0x0064ff9b: // RFC 6052, and RFC 8215 with the last 32 bits
		sc.embed(last, ruleIPv4NAT64, off)
	case hi>>48 == 0x2002: // RFC 3056
		sc.embed(uint32(hi>>16), ruleIPv46to4, off)
	case hi>>32 == 0x20010000: // RFC 4380: the server, and the client inverted
		sc.embed(uint32(hi), ruleIPv4Teredo, off)
		sc.embed(^last, ruleIPv4Teredo, off)
	case lo>>32&^0x02000000 == 0x00005efe: // RFC 5214
		sc.embed(last, ruleIPv4ISATAP, off)
	default:
		if !lowEntropy(last) {
			sc.embed(last, ruleIPv4Low, off)
		}
	}
	if a[8] == 0 { // RFC 6052 2.2: prefixes of 40 to 64 bits, around an octet of zero
		for from := 5; from <= 8; from++ {
			var addr uint32
			for k, n := from, 0; n < 4; k++ {
				if k != 8 {
					addr = addr<<8 | uint32(a[k])
					n++
				}
			}
			if !lowEntropy(addr) {
				sc.embed(addr, ruleIPv4NAT64, off)
			}
		}
	}
	if addr, ok := spelt(lo); ok && !lowEntropy(addr) {
		sc.embed(addr, ruleIPv4Spelt, off)
	}
}

func (sc *scan) embed(addr uint32, rule string, off int) {
	if sc.withheld4(addr) {
		sc.addr4(addr, rule, off)
	}
}

// spelt reads the last four groups as decimal numbers: 2001:db8::203:0:113:77.
func spelt(lo uint64) (addr uint32, ok bool) {
	for shift := 48; shift >= 0; shift -= 16 {
		g := uint32(lo >> shift & 0xffff)
		h, t, o := g>>8&15, g>>4&15, g&15
		if g > 0x255 || h > 9 || t > 9 || o > 9 {
			return 0, false
		}
		addr = addr<<8 | h*100 + t*10 + o
	}
	return addr, true
}

// ruleEUI64 finds the MAC in an interface identifier, RFC 4291 appendix A.
func (sc *scan) ruleEUI64(a [16]byte, off int) {
	if a[11] != 0xff || a[12] != 0xfe {
		return
	}
	m := [6]byte{a[8] ^ 2, a[9], a[10], a[13], a[14], a[15]}
	for k := range sc.macs {
		if sc.macs[k].addr == m {
			sc.hit(sc.lex.v, sc.macs[k].value, ruleMACEUI64, off)
		}
	}
}
