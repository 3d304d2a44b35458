package leak

import "testing"

// A value as zone files, programs and people write it besides.
func TestCase_148_MoreSpellings(t *testing.T) {
	foundAll(t, Value{Email, "taro.tanaka@example.co.jp", 0}, `taro\.tanaka.example.co.jp.`, "taro.tanaka.example.co.jp", "taro_dot_tanaka_at_example_dot_co_dot_jp")
	foundAll(t, Value{Email, "sato@kita.test", 0}, "sato_at_kita_dot_test", "sato-at-kita-dot-test")
	cleanAll(t, Value{Email, "www@kita.test", 0}, "www.kita.test", "www-kita-test")
	foundAll(t, Value{Domain, "example.co.jp", 0}, "example-dot-co-dot-jp", "example_DOT_co_DOT_jp")
	cleanAll(t, Value{Domain, "example.co.jp", 0}, "example-dots-co-dots-jp")
	url := Value{URL, "http://shop.kita.test/login/step2?u=7", 0}
	foundAll(t, url, "http://shop.kita.test:80/login/step2?u=7", "http://shop.kita.test./login/step2?u=7", "shop.kita.test.:8080/login/step2?u=7", "hxxp://shop[.]kita[.]test/login/step2?u=7")
	cleanAll(t, url, "http://shop.kita.test:80", "http://shop.kita.test:/login", "http://shop.kita.test.net/login/step2?u=7")
}

func TestCase_143_MoreSpellings(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "203.0.113.70〜80", `\u00cb\u0000\u0071\u004d`)
	foundAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, "d66c31dd910eeea410e1c7469ace9331")
}
