package sitecheck;

/** A span as Zipkin's API answers it; times in microseconds. */
record Span(
    String id, String parentId, String service, String kind, String name, long start, long end) {}
