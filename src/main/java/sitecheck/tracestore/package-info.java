/**
 * What the service {@code traces} does: takes spans as OTLP/HTTP, keeps the newest in memory, and
 * shows them in Zipkin's web UI. Its routes are in {@code routes/traces.camel.yaml}.
 */
package sitecheck.tracestore;
