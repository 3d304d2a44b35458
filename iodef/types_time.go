package iodef

import (
	"strconv"
	"strings"
	"time"
)

func isDateTime(s string) bool {
	_, _, ok := parseDateTime(s)
	return ok
}

// parseDateTime reads an xs:dateTime of XML Schema 1.0. zoned is false if the
// value names no time zone; the time is then in UTC. Years beyond what
// time.Time prints are valid and give a time too.
func parseDateTime(s string) (t time.Time, zoned, ok bool) {
	negative := false
	if strings.HasPrefix(s, "-") {
		negative, s = true, s[1:]
	}
	n := digits(s)
	// Over four digits the year has no leading zero; there is no year 0000. A
	// year of a hundred digits is valid but of no use: it is refused here to
	// keep the number small.
	if n < 4 || n > 9 || n > 4 && s[0] == '0' {
		return t, false, false
	}
	year, _ := strconv.Atoi(s[:n])
	if year == 0 {
		return t, false, false
	}
	if negative {
		year = 1 - year // the calendar of time.Time has a year 0
	}
	s = s[n:]
	if len(s) < len("-01-31T23:59:59") {
		return t, false, false
	}
	month, day := two(s, '-'), two(s[3:], '-')
	hour, minute, second := two(s[6:], 'T'), two(s[9:], ':'), two(s[12:], ':')
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return t, false, false
	}
	s = s[15:]
	nano := 0
	if strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return t, false, false
		}
		nano = nanoseconds(s[1 : 1+n])
		if hour == 24 && strings.Trim(s[1:1+n], "0") != "" {
			return t, false, false
		}
		s = s[1+n:]
	}
	if hour == 24 && (minute != 0 || second != 0) {
		return t, false, false
	}
	loc := time.UTC
	switch {
	case s == "":
	case s == "Z":
		zoned = true
	default:
		if len(s) != 6 || s[0] != '+' && s[0] != '-' {
			return t, false, false
		}
		h, m := two(s, s[0]), two(s[3:], ':')
		if h < 0 || h > 14 || m < 0 || m > 59 || h == 14 && m != 0 {
			return t, false, false
		}
		offset := h*3600 + m*60
		if s[0] == '-' {
			offset = -offset
		}
		zoned = true
		if offset != 0 {
			loc = time.FixedZone("", offset)
		}
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nano, loc), zoned, true
}

// two reads a separator and two digits, -1 if they are not there.
func two(s string, sep byte) int {
	if len(s) < 3 || s[0] != sep || digits(s[1:3]) != 2 {
		return -1
	}
	return int(s[1]-'0')*10 + int(s[2]-'0')
}

func nanoseconds(fraction string) int {
	n := 0
	for i := range 9 {
		n *= 10
		if i < len(fraction) {
			n += int(fraction[i] - '0')
		}
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
