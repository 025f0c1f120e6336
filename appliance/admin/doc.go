// Package admin is what a running vxwall tells of itself, and takes as orders,
// over its admin socket: the types of the answers, and a client. The daemon in
// package appliance serves it.
//
//	GET  /v1/status                       Status
//	GET  /v1/flows?limit=50&vni=100&…     Flows, see FlowQuery
//	GET  /v1/flow?id=…                    FlowReport; status 404 if it is no more
//	GET  /v1/drops?limit=200&since=…      Drops
//	GET  /v1/bindings?vni=100&…           Bindings, see BindingQuery
//	POST /v1/bindings/forget?vni=…&host=… Forgotten, see Client.Forget
//	POST /v1/reload                       Reload; status 422 if nothing was changed
//
// All are JSON over HTTP on a Unix socket: curl --unix-socket PATH
// http://vxwall/v1/status. Errors are {"error": "…"} with a status of 400 or
// more. Times are RFC 3339 in UTC, durations are seconds.
package admin
