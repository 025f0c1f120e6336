package ssh

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

var _ app.Content = (*parser)(nil)

// Buffer implements app.Content.
func (p *parser) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	e := &p.ends[dir]
	var data []byte
	switch id {
	case app.SSHProto:
		data = e.protocol()
	case app.SSHSoftware:
		data = e.software()
	case app.SSHHassh, app.SSHHasshServer:
		data = e.offersID
	case app.SSHHasshString, app.SSHHasshServerString:
		data = e.offers
	}
	info := &app.Buffers[id]
	if dir == flow.ToResponder && !info.ToServer || dir == flow.ToInitiator && !info.ToClient {
		data = nil
	}
	return app.Buffer{Data: data, Final: true}, n == 0 && len(data) > 0
}

// Number implements app.Content.
func (p *parser) Number(app.NumberID, flow.Direction, int) (int64, bool) { return 0, false }

// Files implements app.Content.
func (p *parser) Files(flow.Direction) []*app.File { return nil }

// Describe implements app.Content. The event is due when both ends have said who they
// are and what they offer, or will not.
func (p *parser) Describe(f app.Fields) bool {
	for dir, key := range []string{"client", "server"} {
		e := &p.ends[dir]
		if e.version == 0 {
			continue
		}
		f.Object(key)
		f.String("proto_version", e.protocol())
		f.String("software_version", e.software())
		if len(e.offersID) > 0 {
			f.Object("hassh")
			f.String("hash", e.offersID)
			f.String("string", e.offers)
			f.End()
		}
		f.End()
	}
	return p.tx.Done()
}
