// Package http parses HTTP/1.1, 1.0 and 0.9: requests and responses with all that
// clients and servers make of the rules in practice. What a browser or a server would put
// together is put together here, and what is odd about it is an event of the
// transaction.
//
// The life of a message, in each direction (half.go):
//
//  1. The start line, after blank lines and, in responses, lines of junk.
//  2. The head, up to its empty line. Where lines end differs between requests and
//     responses, since browsers take a lone CR for an end and servers do not (lexer.go).
//     All headers are then taken apart at once (headers.go) and normalised (normal.go).
//  3. Whether and how a body follows (framing.go): of known length, in chunks
//     (chunk.go), until the end of the connection.
//  4. The body, decoded from its content codings (coding.go). Each response body is a
//     file; request bodies are one, or several (multipart.go).
//  5. After a chunked body, trailers, which are headers too.
//
// Bytes are looked at once. Which bytes came in which piece makes no difference.
//
// What is bounded (constants beside their use): a head has 64 KiB and 1024 headers, a
// flow 512 transactions and 512 KiB of heads that wait, a message 64 files, a body three
// codings, 2 MiB or 64 times the input made of one input (between two codings 16 KiB or four
// times), and 2048 times its length in all. Beyond that the message is an event, and its rest is looked at as it is, or, of a bomb, not
// at all.
//
// What is not done: Brotli is not decoded, ranges of one file are not put together, and
// requests are not looked for in the direction of responses, where a connection was picked up
// in its middle and its direction guessed wrong.
//
// The other pieces:
//
//	protocol.go     name and identification
//	parser.go       a flow: transactions in order, limits, the end
//	store.go        memory that is used again
//	message.go      what is kept of one direction of a transaction
//	request.go      request lines, hosts
//	response.go     status lines, what a status means
//	uri.go          normalisation of URIs, as Suricata does for servers of its IDS personality
//	transaction.go  a request and its response, as rules see them
//	describe.go     as the event log sees them
//	text.go         bytes
package http
