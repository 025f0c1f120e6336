package ssh

import (
	"bytes"

	"vxwall/inspect/app"
)

var banner = []byte("SSH-")

// Identify implements app.Protocol: the line with which each end begins.
func (Protocol) Identify(data []byte, _ bool) app.Answer {
	n := min(len(data), len(banner))
	if !bytes.Equal(data[:n], banner[:n]) {
		return app.No
	}
	if n < len(banner) {
		return app.More
	}
	return app.Yes
}
