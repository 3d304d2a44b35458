package leak

import "testing"

// An address of a withheld network is found as bytes and bits too, though it
// stands nowhere else in the report.
func TestCase_143_BytesOfAWithheldNetwork(t *testing.T) {
	s := compile(t, Value{Prefix, "203.0.113.0/24", 1})
	for _, text := range []string{"397100CB:0016 4D6433C6:9CBA", "CB007139:0016", "397100cb", `\xcb\x00\x71\x39`, `b'\xcb\x00q9'`, "ywBxOQ==", "11001011.00000000.01110001.00111001",
		"0b11001011000000000111000100111001", "11001011000000000111000100111001", "0xcb, 0x00, 0x71, 0x39", "203[0]113"} {
		found(t, s, 1, mail("see ["+text+"] now"))
		found(t, s, 1, mail("see "+text+" now"))
	}
	for _, text := range []string{"397100ca", `\xcb\x00\x72\x39`, "ywByOQ==", "11001011.00000000.01110010.00111001", "ywBxOQ", "203[0]114"} {
		clean(t, s, mail("see "+text+" now"))
	}
}

func TestCase_143_OddSeparators(t *testing.T) {
	s := compile(t, Value{IPv4, "203.0.113.57", 1})
	for _, text := range []string{"203;0;113;57", "203;0;113;57;tcp", "203+0+113+57", "203*0*113*57", "203dot0dot113dot57", "203DOT0DOT113DOT57", "203-dot-0-dot-113-dot-57",
		"203_dot_0_dot_113_dot_57", "203[punkt]0[punkt]113[punkt]57", "203[0]113[57]", "203٫0٫113٫57", "203点0点113点57", "203ドット0ドット113ドット57",
		"二〇三.〇.一一三.五七", "203.0.113.五七", "2 0 3 . 0 . 1 1 3 . 5 7", "ywBxOQ==", "(2)57(3)113(1)0(3)203(7)in-addr(4)arpa(0)", "⓶⓪⓷.0.113.57"} {
		found(t, s, 1, mail("see ["+text+"] now"))
	}
	for _, text := range []string{"203.0.113.5 7", "1 2 3 . 0 . 1 1 3 . 5 7", "203dots0dots113dots57", "第三203.0.113.5", "203;0;113"} {
		clean(t, s, mail("see ["+text+"] now"))
	}
}
