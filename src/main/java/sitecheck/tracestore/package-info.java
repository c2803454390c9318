/**
 * A trace store in this JVM: takes spans as OTLP/HTTP, keeps the newest in memory, and shows them
 * in Zipkin's web UI. It depends on nothing else of this project; start it with {@link
 * sitecheck.tracestore.TraceStore#start}.
 */
package sitecheck.tracestore;
