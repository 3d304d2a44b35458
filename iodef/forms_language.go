package iodef

import "strings"

// isLanguageTag tells whether s is a well-formed language tag of RFC 5646
// section 2.1. Registration is not looked up.
func isLanguageTag(s string) bool {
	if (len(s) == 2 || len(s) == 3) && letters(s) {
		return true // a language alone, as nearly all are
	}
	if grandfathered(s) {
		return true
	}
	parts := strings.Split(s, "-")
	if strings.EqualFold(parts[0], "x") {
		return privateUse(parts)
	}
	if n := len(parts[0]); n < 2 || n > 8 || !letters(parts[0]) {
		return false
	}
	i := 1
	for n := 0; n < 3 && i < len(parts) && len(parts[0]) <= 3 && len(parts[i]) == 3 && letters(parts[i]); n++ {
		i++ // extended language
	}
	if i < len(parts) && len(parts[i]) == 4 && letters(parts[i]) {
		i++ // script
	}
	if i < len(parts) && (len(parts[i]) == 2 && letters(parts[i]) || len(parts[i]) == 3 && digits(parts[i]) == 3) {
		i++ // region
	}
	for i < len(parts) && (len(parts[i]) >= 5 || len(parts[i]) == 4 && digits(parts[i][:1]) == 1) {
		i++ // variant
	}
	seen := ""
	for i < len(parts) && len(parts[i]) == 1 {
		single := strings.ToLower(parts[i])
		if single == "x" {
			return privateUse(parts[i:])
		}
		if strings.Contains(seen, single) {
			return false
		}
		seen += single
		start := i + 1
		for i = start; i < len(parts) && len(parts[i]) >= 2; i++ {
		}
		if i == start {
			return false
		}
	}
	return i == len(parts)
}

func privateUse(parts []string) bool { return len(parts) > 1 }

func letters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// grandfathered tags of RFC 5646 that do not follow its own grammar.
func grandfathered(s string) bool {
	switch strings.ToLower(s) {
	case "en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo",
		"i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de":
		return true
	}
	return false
}

// currencies are the codes of ISO 4217 in use, and those lately withdrawn.
const currencies = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD " +
	"CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP " +
	"GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP " +
	"LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK " +
	"PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND " +
	"TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF " +
	"XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG ZWL "

func isCurrency(s string) bool { return len(s) == 3 && strings.Contains(currencies, " "+s+" ") }
