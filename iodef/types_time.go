package iodef

import (
	"strconv"
	"strings"
	"time"
)

// A dateTime is the value of an xs:dateTime, in the fields it is written in.
type dateTime struct {
	year, month, day, hour, minute, second, nano int

	offset int  // seconds east of UTC
	zoned  bool // it names its offset
}

func isDateTime(s string) bool {
	_, ok := parseDateTime(s)
	return ok
}

// time is the moment, in the zone that the value names, else in UTC.
func (d *dateTime) time() time.Time {
	loc := time.UTC
	if d.offset != 0 {
		loc = time.FixedZone("", d.offset)
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, d.nano, loc)
}

// parseDateTime reads an xs:dateTime of XML Schema 1.0. Years beyond what
// time.Time prints are valid and give a time too.
func parseDateTime(s string) (d dateTime, ok bool) {
	negative := false
	if strings.HasPrefix(s, "-") {
		negative, s = true, s[1:]
	}
	n := digits(s)
	// Over four digits the year has no leading zero; there is no year 0000. A
	// year of a hundred digits is valid but of no use: it is refused here to
	// keep the number small.
	if n < 4 || n > 9 || n > 4 && s[0] == '0' {
		return d, false
	}
	d.year, _ = strconv.Atoi(s[:n])
	if d.year == 0 {
		return d, false
	}
	if negative {
		d.year = 1 - d.year // the calendar of time.Time has a year 0
	}
	s = s[n:]
	if len(s) < len("-01-31T23:59:59") {
		return d, false
	}
	d.month, d.day = two(s, '-'), two(s[3:], '-')
	d.hour, d.minute, d.second = two(s[6:], 'T'), two(s[9:], ':'), two(s[12:], ':')
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > daysIn(d.year, d.month) ||
		d.hour < 0 || d.hour > 24 || d.minute < 0 || d.minute > 59 || d.second < 0 || d.second > 59 {
		return d, false
	}
	s = s[15:]
	if strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return d, false
		}
		d.nano = nanoseconds(s[1 : 1+n])
		if d.hour == 24 && strings.Trim(s[1:1+n], "0") != "" {
			return d, false
		}
		s = s[1+n:]
	}
	if d.hour == 24 && (d.minute != 0 || d.second != 0) {
		return d, false
	}
	ok = d.zone(s)
	return d, ok
}

// zone reads what stands after the seconds: nothing, Z or an offset.
func (d *dateTime) zone(s string) bool {
	d.zoned = s != ""
	if s == "" || s == "Z" {
		return true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' {
		return false
	}
	h, m := two(s, s[0]), two(s[3:], ':')
	if h < 0 || h > 14 || m < 0 || m > 59 || h == 14 && m != 0 {
		return false
	}
	d.offset = h*3600 + m*60
	if s[0] == '-' {
		d.offset = -d.offset
	}
	return true
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
