// Package leak proves that a finished message carries none of a set of
// withheld values. It imports nothing of ours and shares no code with the
// redactor: what the redactor got wrong, it must not get wrong here too. It
// is the leak scan of disclosure.md 8; cases 143 to 150, 158 and 159.
//
// # How
//
// Compile turns the withheld values into tables of canonical forms: addresses
// as numbers, names as rows of folded letters, digests when first needed. Scan
// then reads each text once (lex.go; of a line that is like another but for its
// digits only what hangs on them, template.go: a log is a few sentences, what is
// attached to a letter repeats it, and our own words stand in every message, so
// some lines are known from earlier scans, memory.go), makes of its numbers and words
// the canonical value that they could spell, and looks that up: spellings are
// computed from the message, not listed from the value. Each rule of rules.go
// is a function of its own.
//
// What the message holds in another encoding is decoded to the least fixpoint:
// parts and header fields, quoted-printable, base64 and hex wherever eight
// symbols stand in a row and at every alignment, percent signs, entities,
// backslashes, UTF-7, UTF-16, ISO-2022-JP, Shift_JIS, EUC-JP, Windows-1252,
// RFC 2047 and 2231, gzip, zlib, zip; where a charset is named, whatever there
// is a table for. Text outside ASCII is normalised (fold.go). Line ends, tags,
// comments and CDATA marks within a value are seen through.
//
// # What it promises
//
// Result.Clean is true only if the message is complete, everything in it could
// be decoded within six levels and 64 MiB, and nothing was found. A panic, a
// cut message, an unknown transfer encoding or charset are errors and never
// clean. A Result names the bytes that it is of; whoever sends others has proved
// nothing. Time is linear in what the message decodes to. Findings and errors
// name values by ID and hold no text of message or value.
//
// Kept values excuse what merely contains or equals a form: a longer name, a
// number read backwards, an image within a digest. They do not excuse an
// address, MAC or mail address written out in a kept host name or URL: there
// the decision contradicts itself. They do excuse a name, a digest or a host
// read backwards in the userinfo or query of a kept URL.
//
// # What it does not find
//
//   - Encodings not listed: ROT13, base32, base85, uuencode, encryption, RAR,
//     bzip2 or PDF content, pictures, numbers in words.
//   - Keyed or truncated digests, digests of other spellings than normalForms
//     has, and digests in base64 that touch other symbols of it (x/DIGEST).
//   - Values too short or too common to tell from other text: Scanner.Weak
//     lists them. Accounts like root count beside a word that announces one,
//     AS numbers beside AS, addresses of octets below 32 only as four numbers
//     with full stops that no word announces as a version.
//   - As bytes: an address with two octets of 0 or 255 or in the midst of text,
//     unless in a packet or alone; of a network only in packets or alone.
//   - Hyphens and other marks for the full stops of a short name of two labels
//     (a-b.de); letters that look like digits; numbers with marks between their
//     thousands; character codes in decimal, bytes in octal (od -b); IPv6 ranges.
//   - A value over lines of a hexdump that have other lines between them, an
//     IPv6 address or MAC broken before a colon.
//   - Other marks for the long vowel of a kana name, or large kana for small.
//   - A value split with other words between its parts, or over messages: to
//     look at all that a recipient was told, scan it joined.
//   - In base64 that is text as a whole, another text at another alignment.
//     In a text, base64 that goes on behind quote marks, tags or padding; bodies
//     and encoded words are joined over those, words only of one charset.
//   - A raw zlib stream in a body that is not base64; gzip and zip are found.
//   - A mail address without a full stop before the @, as an SOA record has it.
//   - A label of a host glued to a word (xexample.co.jp), a URL with other
//     parameters, or in other order, than the value.
//
// The twin run stands beside this scan for what has no form.
package leak
