// Package mime takes mail apart as its bytes come (RFC 5322, 2045-2047, 2231): the
// headers, and each part as a file with its decoded bytes. Bytes are pushed in, and
// nothing waits: what is held is at most one line and one header.
//
//	message.go   lines, holes, the end
//	line.go      what a line is: header, boundary or content
//	header.go    headers, with folding
//	part.go      what a part's headers ask for; its file
//	decode.go    base64, quoted-printable
//	uu.go        uuencoded files, which may stand in any text
//	param.go     parameters of headers (RFC 2231)
//	word.go      encoded words (RFC 2047)
//	file.go      the files of a message
package mime
