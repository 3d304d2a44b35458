package main

import (
	_ "embed"
	"os"
	"path/filepath"
	"strings"
)

// sampleUnit is the systemd unit; init fills in where things lie.
//
//go:embed iodefgw.sample.service
var sampleUnit string

const unitName = "iodefgw.service"

// unit is the service for a gateway in this folder, run by this user.
func unit(dir, user string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	// systemd expands % and splits at blanks (systemd.unit(5)).
	quote := func(s string) string {
		return strings.NewReplacer("%", "%%", `\`, `\\`, `"`, `\"`).Replace(s)
	}
	return strings.NewReplacer("@DIR@", quote(dir), "@USER@", quote(user), "@PROGRAM@", quote(program)).Replace(sampleUnit), nil
}
