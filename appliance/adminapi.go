package appliance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"vxwall/appliance/admin"
	"vxwall/rules"
)

// adminHandler serves the API that package admin describes.
func (r *running) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, r.status()) })
	mux.HandleFunc("GET /v1/flows", r.serveFlows)
	mux.HandleFunc("GET /v1/flow", r.serveFlow)
	mux.HandleFunc("GET /v1/drops", r.serveDrops)
	mux.HandleFunc("GET /v1/fdb", r.serveFDB)
	mux.HandleFunc("GET /v1/bindings", r.serveBindings)
	mux.HandleFunc("POST /v1/bindings/forget", r.serveForget)
	mux.HandleFunc("POST /v1/reload", func(w http.ResponseWriter, _ *http.Request) {
		result := r.reload("api")
		status := http.StatusOK
		if !result.Good {
			status = http.StatusUnprocessableEntity
		}
		answer(w, status, result)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		refuse(w, http.StatusNotFound, fmt.Errorf("unknown request %s %s: expected GET /v1/status, /v1/flows, /v1/flow, /v1/drops, /v1/fdb, /v1/bindings or POST /v1/reload, /v1/bindings/forget", q.Method, q.URL.Path))
	})
	return mux
}

func answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // to a client that has gone nothing can be said
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]string{"error": err.Error()})
}

func (r *running) serveFlows(w http.ResponseWriter, q *http.Request) {
	query, err := parseFlowQuery(q.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	flows, err := r.flows(q.Context(), query)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	answer(w, http.StatusOK, flows)
}

func (r *running) serveDrops(w http.ResponseWriter, q *http.Request) {
	values := q.URL.Query()
	limit, err := parseLimit(values.Get("limit"), admin.DefaultDrops, admin.MaxDrops)
	if err == nil {
		err = known(values, "limit", "since")
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	answer(w, http.StatusOK, r.drops(limit, values.Get("since")))
}

// parseFlowQuery reads what FlowQuery.Values writes.
func parseFlowQuery(v url.Values) (*admin.FlowQuery, error) {
	q := &admin.FlowQuery{Host: v.Get("host"), Proto: v.Get("proto"), Segment: v.Get("segment"), Rule: v.Get("rule")}
	limit, errLimit := parseLimit(v.Get("limit"), admin.DefaultFlows, admin.MaxFlows)
	q.Limit = limit
	vni, errVNI := parseNumber(v, "vni", maxVNI)
	if v.Has("vni") {
		q.VNI = &vni
	}
	port, errPort := parseNumber(v, "port", 1<<16-1)
	q.Port = uint16(port)
	active, errActive := parseNumber(v, "active", admin.MaxActive)
	q.Active = int(active)
	var errDenied error
	if v.Has("denied") {
		if q.Denied, errDenied = strconv.ParseBool(v.Get("denied")); errDenied != nil {
			errDenied = fmt.Errorf("denied: %q is neither true nor false", v.Get("denied"))
		}
	}
	_, errHost := parseHost(q.Host)
	if n, err := strconv.ParseUint(q.Proto, 10, 8); err == nil {
		q.Proto = protocolOf(rules.ServiceText(rules.Point(uint8(n), 0)))
	}
	return q, errors.Join(errLimit, errVNI, errPort, errActive, errDenied, errHost,
		known(v, "limit", "vni", "host", "port", "proto", "segment", "rule", "denied", "active"))
}

func parseLimit(text string, without, most int) (int, error) {
	if text == "" {
		return without, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("limit: %q is not within 1 to %d", text, most)
	}
	return n, nil
}

func parseNumber(v url.Values, name string, most uint32) (uint32, error) {
	if !v.Has(name) {
		return 0, nil
	}
	n, err := strconv.ParseUint(v.Get(name), 10, 32)
	if err != nil || n > uint64(most) {
		return 0, fmt.Errorf("%s: %q is not within 0 to %d", name, v.Get(name), most)
	}
	return uint32(n), nil
}

// parseHost reads an address or a prefix; the zero prefix stands for any.
func parseHost(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, fmt.Errorf("host: %q is no address or prefix, such as 10.1.0.5 or 10.1.0.0/24", text)
	}
	return prefix, nil
}

// known refuses parameters that mean nothing.
func known(v url.Values, names ...string) error {
	for name := range v {
		if !slices.Contains(names, name) {
			return fmt.Errorf("unknown parameter %q: expected one of %v", name, names)
		}
	}
	return nil
}
