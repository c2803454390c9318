/** What the page at {@code /} asks for. It reads traces as OTLP from any store, over HTTP. */
package sitecheck.page;
