package leak

import (
	"strings"
	"unicode/utf8"
)

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

// addPhones takes the numbers of a text that holds nothing else, and more than one
// number alone.
func (s *Scanner) addPhones(i int32, folded string) {
	for _, number := range phoneNumbers(folded) {
		if number != folded {
			s.addPhone(i, number)
		}
	}
}

// Words in the text of a phone number: those that announce one, and those behind
// which its extension stands. Without that it is the same line.
const (
	phoneWords     = " tel telephone phone fax mobile mob cell office home work direct main hotline or and 電話 携帯 代表 代 直通 "
	extensionWords = " ext extn extension x 内線 "
)

// phoneNumbers are the phone numbers of a folded text that holds nothing else.
func phoneNumbers(folded string) (list []string) {
	notLetter := func(r rune) bool { return r < utf8.RuneSelf && !isLetter(byte(r)) }
	for rest := strings.ReplaceAll(folded, "、", ","); rest != ""; {
		n := strings.IndexFunc(rest, notLetter)
		if n < 0 {
			n = len(rest)
		}
		word := rest[:n]
		end := strings.IndexFunc(rest[n:], func(r rune) bool { return !notLetter(r) })
		if end < 0 {
			end = len(rest) - n
		}
		numbers := rest[n : n+end]
		rest = rest[n+end:]
		switch {
		case word != "" && strings.Contains(extensionWords, " "+word+" "):
			numbers = strings.TrimLeft(numbers, ".:= #")
			numbers = strings.TrimLeft(numbers, "0123456789")
		case word != "" && !strings.Contains(phoneWords, " "+word+" "):
			return nil
		}
		for _, part := range strings.FieldsFunc(strings.ReplaceAll(numbers, "+", ";+"), func(r rune) bool { return strings.ContainsRune(",;/|", r) }) {
			list = append(list, apartByBlanks(strings.TrimSpace(part))...)
		}
	}
	return list
}

// longestPhone is how many digits a number has at most, E.164.
const longestPhone = 15

// apartByBlanks parts numbers with nothing but blanks between them.
func apartByBlanks(part string) (list []string) {
	count := func(s string) (n int) {
		for k := range len(s) {
			if isDigit(s[k]) {
				n++
			}
		}
		return n
	}
	if count(part) <= longestPhone {
		if count(part) >= minBare {
			list = append(list, part)
		}
		return list
	}
	for _, word := range strings.Fields(part) {
		if count(word) >= minBare {
			list = append(list, word)
		}
	}
	return list
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
