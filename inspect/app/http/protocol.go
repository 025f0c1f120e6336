package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// Name is the protocol's name in rules and events.
const Name = "http"

// Protocol is HTTP/1. It implements app.Protocol.
type Protocol struct{}

// Name implements app.Protocol.
func (Protocol) Name() string { return Name }

// Transport implements app.Protocol.
func (Protocol) Transport() app.Transport { return app.TCP }

// Identify implements app.Protocol.
func (Protocol) Identify(data []byte, toServer bool) app.Answer {
	data = bytes.TrimLeft(data, "\r\n")
	if !toServer {
		return prefix(bytes.TrimLeft(data, " \t"), "HTTP/")
	}
	data = bytes.TrimLeft(data, " \t\v\f\r\n")
	end := bytes.IndexAny(data, " \t\r\n")
	if end < 0 {
		return mayBeMethod(data)
	}
	if !isMethod(data[:end]) {
		return app.No
	}
	return identifyLine(data, end)
}

// prefix says whether data begins with text, in any case of letters.
func prefix(data []byte, text string) app.Answer {
	n := min(len(data), len(text))
	switch {
	case !equalFold(data[:n], text[:n]):
		return app.No
	case n < len(text):
		return app.More
	}
	return app.Yes
}

// longestMethod bounds what may be a method: longer ones are none that anybody uses.
const longestMethod = 24

// mayBeMethod looks at a word that has not ended.
func mayBeMethod(word []byte) app.Answer {
	if len(word) > longestMethod || !isMethod(word) && len(word) > 0 {
		return app.No
	}
	return app.More
}

// isMethod says whether a word could be a method.
func isMethod(word []byte) bool {
	for _, c := range word {
		if c = lower(c); (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return len(word) > 1 && len(word) <= longestMethod
}

// own are methods that no other protocol has: after one of them and a space the rest
// of the line need not be awaited.
var own = map[string]bool{
	"GET": true, "POST": true, "HEAD": true, "PUT": true, "DELETE": true, "CONNECT": true, "TRACE": true,
	"PATCH": true, "PROPFIND": true, "PROPPATCH": true, "MKCOL": true, "COPY": true, "MOVE": true,
	"VERSION-CONTROL": true, "CHECKOUT": true, "UNCHECKOUT": true, "CHECKIN": true,
	"MKWORKSPACE": true, "MKACTIVITY": true, "BASELINE-CONTROL": true, "MERGE": true,
	"M-SEARCH": true, "BPROPFIND": true, "BITS_POST": true, "CCM_POST": true, "SMS_POST": true,
	"RPC_IN_DATA": true, "RPC_OUT_DATA": true,
}

// identifyLine decides by the whole first line, if the method alone does not tell.
func identifyLine(data []byte, method int) app.Answer {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		if own[string(data[:method])] && data[method] == ' ' {
			return app.Yes
		}
		return app.More
	}
	line := bytes.TrimRight(data[:end], " \t\r")
	version := bytes.LastIndexByte(line, '/')
	named := version >= 4 && equalFold(line[version-4:version], "http")
	switch {
	case named && !bytes.HasPrefix(line, []byte("PRI * HTTP/2")):
		return app.Yes
	case version > 0 && other(line[:version]):
		return app.No
	case own[string(data[:method])] && data[method] == ' ':
		return app.Yes
	}
	return app.No
}

// other says whether a line names another protocol with requests like these, just
// before its version.
func other(line []byte) bool {
	word := line[bytes.LastIndexByte(line, ' ')+1:]
	return string(word) == "SIP" || string(word) == "RTSP" || string(word) == "ICAP" || string(word) == "HTTP"
}
