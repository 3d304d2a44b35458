package pgp

import (
	"bytes"
	"errors"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Packet types (RFC 9580 5).
const (
	tagPKESK        = 1
	tagSignature    = 2
	tagSKESK        = 3
	tagOnePass      = 4
	tagCompressed   = 8
	tagSED          = 9
	tagMarker       = 10
	tagLiteral      = 11
	tagSEIPD        = 18
	tagAEAD         = 20
	tagPadding      = 21
	firstUncritical = 40
)

// ignorable reports whether a packet must be skipped (RFC 9580 4.3, 5.8, 5.14).
func ignorable(tag uint8) bool {
	return tag == tagMarker || tag == tagPadding || tag >= firstUncritical
}

// readPackets splits bytes into packets, whole in memory; ok is false where
// they do not fill it exactly.
func readPackets(b []byte) (list []*packet.OpaquePacket, ok bool) {
	r := packet.NewOpaqueReader(bytes.NewReader(b))
	for {
		p, err := r.Next()
		if err == io.EOF {
			return list, true
		}
		if err != nil || len(list) == maxPackets {
			return list, false
		}
		list = append(list, p)
	}
}

// A signedMessage is an OpenPGP message that is signed or plain: its literal
// data and the signature packets around it.
type signedMessage struct {
	data       []byte
	signatures []*packet.OpaquePacket
}

// errMessage is every fault in the packets of a message; the caller makes one
// tag of it.
var errMessage = errors.New("malformed openpgp message")

// readSigned reads the grammar of RFC 9580 10.3, without encryption and with at
// most one layer of compression (P10).
func readSigned(b []byte, compressed bool) (signedMessage, error) {
	var m signedMessage
	packets, ok := readPackets(b)
	if !ok {
		return m, errMessage
	}
	var onePass, prefixed int
	var literal bool
	for _, p := range packets {
		switch {
		case ignorable(p.Tag):
		case p.Tag == tagCompressed && !compressed && !literal && onePass == 0 && prefixed == 0:
			inner, err := inflate(p)
			if err != nil || !onlyPacket(packets, p) {
				return m, errMessage
			}
			return readSigned(inner, true)
		case p.Tag == tagOnePass && !literal:
			onePass++
		case p.Tag == tagSignature:
			if !literal {
				prefixed++
			}
			m.signatures = append(m.signatures, p)
		case p.Tag == tagLiteral && !literal:
			data, ok := literalData(p.Contents)
			if !ok {
				return m, errMessage
			}
			m.data, literal = data, true
		default:
			return m, errMessage
		}
	}
	// Each one-pass packet announces the signature that closes it.
	if !literal || len(m.signatures)-prefixed != onePass {
		return m, errMessage
	}
	return m, nil
}

// onlyPacket reports whether p is the only packet that counts.
func onlyPacket(list []*packet.OpaquePacket, p *packet.OpaquePacket) bool {
	for _, other := range list {
		if other != p && !ignorable(other.Tag) {
			return false
		}
	}
	return true
}

func inflate(p *packet.OpaquePacket) ([]byte, error) {
	parsed, err := p.Parse()
	if err != nil {
		return nil, err
	}
	c, ok := parsed.(*packet.Compressed)
	if !ok {
		return nil, errMessage
	}
	b, err := io.ReadAll(io.LimitReader(c.Body, maxPlain+1))
	if err != nil || len(b) > maxPlain {
		return nil, errMessage
	}
	return b, nil
}

// literalData is the content of a literal packet (RFC 9580 5.9). Its format,
// file name and date are not signed and not looked at.
func literalData(b []byte) ([]byte, bool) {
	if len(b) < 2 || len(b) < 6+int(b[1]) {
		return nil, false
	}
	return b[6+int(b[1]):], true
}
