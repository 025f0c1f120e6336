package scan

import (
	"bytes"
	"encoding/binary"

	"vxwall/rules/clamav"
)

// magics are how files of some kinds begin.
var magics = []struct {
	magic  string
	target clamav.Target
}{
	{"\x7fELF", clamav.ELF}, {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", clamav.OLE2}, {"%PDF-", clamav.PDF},
	{"GIF8", clamav.Graphics}, {"\x89PNG", clamav.Graphics}, {"\xff\xd8\xff", clamav.Graphics}, {"BM", clamav.Graphics}, {"II*\x00", clamav.Graphics}, {"MM\x00*", clamav.Graphics},
	{"FWS", clamav.Flash}, {"CWS", clamav.Flash}, {"ZWS", clamav.Flash},
	{"\xca\xfe\xba\xbe", clamav.Java}, {"\xfe\xed\xfa\xce", clamav.MachO}, {"\xfe\xed\xfa\xcf", clamav.MachO}, {"\xce\xfa\xed\xfe", clamav.MachO}, {"\xcf\xfa\xed\xfe", clamav.MachO},
	{"From ", clamav.Mail}, {"From: ", clamav.Mail}, {"Received: ", clamav.Mail}, {"Return-Path: ", clamav.Mail}, {"MIME-Version: ", clamav.Mail},
	{"Delivered-To: ", clamav.Mail}, {"Date: ", clamav.Mail}, {"Subject: ", clamav.Mail}, {"Message-ID: ", clamav.Mail},
}

// targetOf says what kind of file it is that begins so.
func targetOf(head []byte) clamav.Target {
	if isPE(head) {
		return clamav.PE
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.target
		}
	}
	if isHTML(head) {
		return clamav.HTML
	}
	if isText(head) {
		return clamav.Text
	}
	return clamav.AnyFile
}

// isPE says whether a file is a program of Windows.
func isPE(head []byte) bool {
	if len(head) < 64 || head[0] != 'M' || head[1] != 'Z' {
		return false
	}
	at := uint64(binary.LittleEndian.Uint32(head[60:]))
	return at+4 <= uint64(len(head)) && string(head[at:at+4]) == "PE\x00\x00"
}

// isHTML says whether one of the usual tags is near the beginning.
func isHTML(head []byte) bool {
	var lower [1024]byte
	n := copy(lower[:], head)
	for i := range n {
		lower[i] = fold(lower[i])
	}
	for _, tag := range []string{"<html", "<!doctype html", "<head", "<body", "<script", "<iframe", "<table", "<a href", "<img", "<form"} {
		if bytes.Contains(lower[:n], []byte(tag)) {
			return true
		}
	}
	return false
}

// isText says whether there are no bytes that texts do not have.
func isText(head []byte) bool {
	for _, b := range head {
		if b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1b || b == 0x7f {
			return false
		}
	}
	return len(head) > 0
}
