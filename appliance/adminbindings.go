package appliance

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"vxwall/appliance/admin"
	"vxwall/inspect/guard"
)

var errNoGuard = errors.New("there are no bindings: the guard is off (mode under [guard])")

func (r *running) serveBindings(w http.ResponseWriter, q *http.Request) {
	query, err := parseBindingQuery(q.URL.Query())
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, err)
	case r.guard == nil:
		refuse(w, http.StatusNotFound, errNoGuard)
	default:
		answer(w, http.StatusOK, r.bindings(query))
	}
}

func (r *running) serveForget(w http.ResponseWriter, q *http.Request) {
	query, err := parseBindingQuery(q.URL.Query())
	if err == nil && query.Host == "" {
		err = errors.New("host: missing (expected whose binding is to be forgotten)")
	}
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, err)
	case r.guard == nil:
		refuse(w, http.StatusNotFound, errNoGuard)
	default:
		n := forget(r.guard, query)
		r.Log.Info("bindings forgotten", "of", query.Host, "number", n)
		answer(w, http.StatusOK, admin.Forgotten{Forgotten: n})
	}
}

// parseBindingQuery reads what BindingQuery.Values writes.
func parseBindingQuery(v url.Values) (*admin.BindingQuery, error) {
	q := &admin.BindingQuery{Host: v.Get("host")}
	limit, errLimit := parseLimit(v.Get("limit"), admin.DefaultBindings, admin.MaxBindings)
	q.Limit = limit
	vni, errVNI := parseNumber(v, "vni", maxVNI)
	if v.Has("vni") {
		q.VNI = &vni
	}
	var errHost error
	if _, isMAC := parseMAC(q.Host); !isMAC && q.Host != "" {
		if _, err := netip.ParseAddr(q.Host); err != nil {
			errHost = fmt.Errorf("host: %q is neither a MAC nor an IP address", q.Host)
		}
	}
	return q, errors.Join(errLimit, errVNI, errHost, known(v, "limit", "vni", "host"))
}

// forget forgets what is known of a MAC or IP address in a VNI; without one, of a
// VTEP.
func forget(g *guard.Guard, q *admin.BindingQuery) int {
	if mac, ok := parseMAC(q.Host); ok && q.VNI != nil {
		return g.ForgetMAC(*q.VNI, mac)
	} else if ok {
		return 0
	}
	a, _ := netip.ParseAddr(q.Host)
	if q.VNI != nil {
		return g.ForgetAddress(*q.VNI, a.As16())
	}
	return g.ForgetVTEP(a.As16())
}

// bindingList is a query at work.
type bindingList struct {
	*admin.Bindings
	query *admin.BindingQuery
	now   int64
	byMAC map[bindingKey]int // index of its binding
}

type bindingKey struct {
	vni, vlan uint32
	mac       [6]byte
}

func (r *running) bindings(q *admin.BindingQuery) *admin.Bindings {
	l := bindingList{
		Bindings: &admin.Bindings{Mode: r.guard.Mode().String(), Bindings: []admin.Binding{}, VTEPs: []admin.Place{}},
		query:    q, now: time.Now().UnixNano(), byMAC: map[bindingKey]int{},
	}
	r.guard.MACs(l.now, func(e *guard.Entry) bool { l.addMAC(e); return true })
	r.guard.Addresses(l.now, func(e *guard.Entry) bool { l.addAddress(e); return true })
	if q.VNI == nil {
		r.guard.VTEPs(l.now, func(e *guard.Entry) bool { l.addVTEP(e, r.portName(int(e.Holder[15]))); return true })
	}
	if q.Host != "" {
		l.Bindings.Bindings = slices.DeleteFunc(l.Bindings.Bindings, func(b admin.Binding) bool { return !l.about(&b) })
		l.Matching = len(l.Bindings.Bindings)
	}
	slices.SortFunc(l.Bindings.Bindings, func(a, b admin.Binding) int {
		return cmp.Or(cmp.Compare(a.VNI, b.VNI), cmp.Compare(a.VLAN, b.VLAN), cmp.Compare(a.MAC, b.MAC))
	})
	slices.SortFunc(l.VTEPs, func(a, b admin.Place) int { return cmp.Compare(a.VTEP, b.VTEP) })
	return l.Bindings
}

// portName is the name of a port by its number, from 1.
func (r *running) portName(number int) string {
	if ports := r.Config.Datapath.Ports; number >= 1 && number <= len(ports) {
		return ports[number-1]
	}
	return fmt.Sprint(number)
}

// room says whether one more binding is to be listed. A query for a host looks at
// all of a VNI.
func (l *bindingList) room(e *guard.Entry) bool {
	if l.query.VNI != nil && *l.query.VNI != e.VNI {
		return false
	}
	l.Matching++
	limit := l.query.Limit
	if l.query.Host != "" {
		limit = admin.MaxBindings
	}
	return len(l.Bindings.Bindings) < limit
}

func (l *bindingList) addMAC(e *guard.Entry) {
	if l.room(e) {
		l.add(e, [6]byte(e.Subject[:6])).VTEP = addressText(e.Holder)
	}
}

func (l *bindingList) add(e *guard.Entry, mac [6]byte) *admin.Binding {
	l.byMAC[bindingKey{e.VNI, e.VLAN, mac}] = len(l.Bindings.Bindings)
	l.Bindings.Bindings = append(l.Bindings.Bindings, admin.Binding{
		VNI: e.VNI, VLAN: vlanOf(e.VLAN), MAC: net.HardwareAddr(mac[:]).String(), Addresses: []string{}, Heard: l.heard(e),
	})
	return &l.Bindings.Bindings[len(l.Bindings.Bindings)-1]
}

// addAddress adds an IP address to its MAC address, which is listed for that if
// nothing else is known of it.
func (l *bindingList) addAddress(e *guard.Entry) {
	mac := [6]byte(e.Holder[:6])
	i, listed := l.byMAC[bindingKey{e.VNI, e.VLAN, mac}]
	if !listed {
		if len(l.byMAC) < l.Matching || !l.room(e) { // it may be one that is left out
			return
		}
		l.add(e, mac)
		i = len(l.Bindings.Bindings) - 1
	}
	b := &l.Bindings.Bindings[i]
	b.Addresses = append(b.Addresses, addressText(e.Subject))
}

func (l *bindingList) addVTEP(e *guard.Entry, port string) {
	vtep := addressText(e.Subject)
	if len(l.VTEPs) < l.query.Limit && (l.query.Host == "" || l.query.Host == vtep) {
		l.VTEPs = append(l.VTEPs, admin.Place{VTEP: vtep, Port: port, Heard: l.heard(e)})
	}
}

func (l *bindingList) heard(e *guard.Entry) admin.Heard {
	if e.Static {
		return admin.Heard{Source: admin.FromConfig}
	}
	since := func(at int64) float64 { return seconds(time.Duration(max(0, l.now-at))) }
	return admin.Heard{Source: admin.FromPackets, Age: since(e.Since), Idle: since(e.Seen), Moves: e.Moves}
}

// about says whether a binding is one of the host that is asked for.
func (l *bindingList) about(b *admin.Binding) bool {
	host := l.query.Host
	if mac, ok := parseMAC(host); ok {
		return b.MAC == net.HardwareAddr(mac[:]).String()
	}
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.Unmap().String()
	}
	return b.VTEP == host || slices.Contains(b.Addresses, host)
}

// vlanOf writes inner VLAN tags, "" for none.
func vlanOf(v uint32) string {
	if v == 0 {
		return ""
	}
	return vlanText(v)
}

// guardStatus is how the guard is doing, nil if there is none.
func (r *running) guardStatus(s *snapshot) *admin.Guard {
	if r.guard == nil {
		return nil
	}
	n := r.guard.Stats()
	return &admin.Guard{
		Mode: r.guard.Mode().String(), Capacity: n.Capacity, MACs: n.MACs, Addresses: n.Addresses, VTEPs: n.VTEPs,
		Moves: n.MACMoves + n.AddressMoves + n.PortMoves, NotLearned: n.NotLearned, SuspectBy: countsOf("", &s.total.Suspected),
	}
}
