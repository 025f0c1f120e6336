package appliance

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vxwall/appliance/admin"
	"vxwall/pipeline/overlay"
)

func (r *running) serveFDB(w http.ResponseWriter, q *http.Request) {
	query, err := parseFDBQuery(q.URL.Query())
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, err)
	case r.vtep == nil:
		refuse(w, http.StatusNotFound, errors.New("there is no FDB: vxwall does not run in vtep mode"))
	default:
		answer(w, http.StatusOK, r.vtep.entries(query))
	}
}

// parseFDBQuery reads what FDBQuery.Values writes.
func parseFDBQuery(v url.Values) (*admin.FDBQuery, error) {
	q := &admin.FDBQuery{MAC: strings.ToLower(v.Get("mac")), Peer: v.Get("peer"), Source: v.Get("source")}
	limit, errLimit := parseLimit(v.Get("limit"), admin.DefaultEntries, admin.MaxEntries)
	q.Limit = limit
	vni, errVNI := parseNumber(v, "vni", maxVNI)
	if v.Has("vni") {
		q.VNI = &vni
	}
	var errSource error
	if !slices.Contains([]string{"", admin.FromConfig, admin.FromKernel, admin.FromPackets}, q.Source) {
		errSource = errors.New("source: want static, kernel or learned")
	}
	return q, errors.Join(errLimit, errVNI, errSource, known(v, "limit", "vni", "mac", "peer", "source"))
}

// entries answers where MAC addresses are.
func (v *vtep) entries(q *admin.FDBQuery) *admin.FDB {
	_, spec, _, _ := v.inForce()
	f := &fdbAnswer{query: q, FDB: admin.FDB{Entries: []admin.Entry{}}}
	if spec != nil {
		for i := range spec.Networks {
			f.addNetwork(spec, i)
		}
	}
	v.Learned(time.Now().UnixNano(), func(l overlay.Learned) bool {
		f.addLearned(spec, &l)
		return true
	})
	f.Matching = len(f.Entries)
	slices.SortFunc(f.Entries, func(a, b admin.Entry) int {
		return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(a.MAC, b.MAC), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Peer, b.Peer))
	})
	f.Entries = f.Entries[:min(len(f.Entries), cmp.Or(q.Limit, admin.DefaultEntries))]
	return &f.FDB
}

// fdbAnswer is an answer in the making.
type fdbAnswer struct {
	admin.FDB
	query *admin.FDBQuery
}

func (f *fdbAnswer) add(e admin.Entry) {
	q := f.query
	if q.VNI != nil && *q.VNI != e.Network || q.MAC != "" && q.MAC != e.MAC || q.Source != "" && q.Source != e.Source ||
		q.Peer != "" && q.Peer != e.Peer && q.Peer != e.Address {
		return
	}
	f.Entries = append(f.Entries, e)
}

// addNetwork adds what configuration and kernel say of a network.
func (f *fdbAnswer) addNetwork(s *vtepSpec, i int) {
	n := &s.Networks[i]
	macs, flood := 0, 0
	if i < len(s.cfg.Network) {
		macs, flood = len(s.cfg.Network[i].MACs), len(s.cfg.Network[i].Peers)
	}
	for at, e := range n.Entries {
		f.add(s.entryOf(n.ID, macText(e.MAC), e.Peer, at < macs))
	}
	for at, peer := range n.Flood {
		f.add(s.entryOf(n.ID, "flood", peer, at < flood || !s.fed[n.ID]))
	}
}

func (s *vtepSpec) entryOf(network uint32, mac string, peer int, configured bool) admin.Entry {
	place := s.place(peer)
	e := admin.Entry{Network: network, MAC: mac, Peer: s.name(peer), Address: place.Addr().String(), Port: place.Port(), Source: admin.FromKernel}
	if configured {
		e.Source = admin.FromConfig
	}
	return e
}

func (f *fdbAnswer) addLearned(s *vtepSpec, l *overlay.Learned) {
	e := admin.Entry{
		Network: l.Network, MAC: macText(l.MAC), Peer: addrOf(&l.VTEP).String(), Address: addrOf(&l.VTEP).String(), Port: l.Port,
		Source: admin.FromPackets, Idle: l.Idle.Seconds(),
	}
	for i := range s.Peers {
		if s.Peers[i].Address == l.VTEP && s.Peers[i].Port == l.Port {
			e.Peer = s.name(i)
		}
	}
	f.add(e)
}
