package leak

import "strings"

// minSubscriber is how many digits of a phone number count with a 0 for its
// country before them, and minBare without: fewer would be met in other numbers.
const (
	minSubscriber = 7
	minBare       = 9
)

// addPhone takes a phone number as it is dialled from abroad and in its country.
// How its digits are grouped does not matter. One that begins with 0 is taken to
// be of Japan.
func (s *Scanner) addPhone(i int32, text string) {
	var digits []byte
	for k := range len(text) {
		if isDigit(text[k]) {
			digits = append(digits, text[k])
		}
	}
	number := string(digits)
	s.addDigits(i, number)
	if rest, ok := strings.CutPrefix(number, "0"); ok {
		s.addDigits(i, "81"+rest)
		s.addDigits(i, "810"+rest)
	}
	if !strings.HasPrefix(text, "+") {
		return
	}
	s.addDigits(i, "00"+number)
	rest := strings.TrimPrefix(number[countryCode(number):], "0")
	if len(rest) >= minSubscriber {
		s.addDigits(i, "0"+rest)
	}
	if len(rest) >= minBare {
		s.addDigits(i, rest)
	}
}

// addDigits takes digits with any marks or none between them.
func (s *Scanner) addDigits(i int32, digits string) {
	apart := strings.Join(strings.Split(digits, ""), string(rune(stepAny)))
	s.addText(i, rulePhone, apart, boundWord, boundWord, func(c byte) byte {
		if c == stepAny {
			return c
		}
		return 0
	})
}

// twoDigits are the country codes of two digits, as the ITU lists them (E.164).
const twoDigits = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// countryCode is the length of the code that a number begins with.
func countryCode(number string) int {
	switch {
	case number[0] == '1' || number[0] == '7':
		return 1
	case strings.Contains(twoDigits, " "+number[:2]+" "):
		return 2
	}
	return 3
}
