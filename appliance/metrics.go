package appliance

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vxwall/appliance/admin"
	"vxwall/inspect/av"
)

// scrape is what one answer to Prometheus is made of: copies, taken when it asks.
// Nothing is counted twice for the sake of metrics.
type scrape struct {
	*snapshot
	version   string
	stages    []string
	capacity  int // of flows
	policy    *inForce
	reload    *admin.Reload // nil if there was none
	attention int
	cpu       []time.Duration // by worker
	silent    []time.Duration
	vtep      *admin.VTEP // nil in other modes
	queues    []admin.Queue
	guard     *admin.Guard // nil if it is off
	files     *av.Stats    // nil for none
}

func (r *running) scrape() *scrape {
	s := &scrape{
		snapshot: r.snapshot(), version: r.Version, stages: r.stageNames(), capacity: r.Config.Flows.Capacity,
		policy: r.inForce.Load(), reload: r.result.Load(),
	}
	s.vtep = r.vtepStatus(&s.total)
	s.queues = r.queueStatus()
	s.guard = r.guardStatus(s.snapshot)
	s.files = &r.policies.FileStats
	s.attention = len(r.attention(s.snapshot))
	for _, w := range r.workers {
		s.cpu = append(s.cpu, w.cpu())
		s.silent = append(s.silent, w.silent(s.time))
	}
	return s
}

// listenMetrics opens the address for Prometheus, if one is wanted.
func (r *running) listenMetrics() error {
	address := r.Config.Metrics.Listen
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		var of *net.OpError
		if errors.As(err, &of) {
			err = of.Err
		}
		return fmt.Errorf("listen on %s for metrics: %w", address, err)
	}
	r.listeners = append(r.listeners, served{l, r.metricsHandler})
	r.cleanup(func() error { return ignoreClosed(l.Close()) })
	return nil
}

func (r *running) metricsHandler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collector(r.scrape), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return mux
}

// ignoreClosed: a server that was started has closed its listener itself.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// collector is a prometheus.Collector of scrapes.
type collector func() *scrape

// Describe implements prometheus.Collector.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range descriptions {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	s, e := c(), emitter(out)
	e.packets(s)
	e.flows(s)
	e.policy(s)
	e.workers(s)
	e.link(s)
	e.rings(s)
	e.vtep(s.vtep)
	e.queues(s.queues)
	e.guard(s.guard)
}
