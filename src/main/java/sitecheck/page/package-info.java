/**
 * What the page at {@code /} asks for: the traces of a request, analysed and compared, the graph of
 * who calls whom, and the faults that can be set. It reads traces as OTLP, of whatever store has
 * them, and asks over HTTP like anyone else.
 */
package sitecheck.page;
