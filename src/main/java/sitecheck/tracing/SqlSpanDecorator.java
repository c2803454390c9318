package sitecheck.tracing;

import static io.opentelemetry.semconv.DbAttributes.DB_COLLECTION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_OPERATION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_QUERY_TEXT;
import static io.opentelemetry.semconv.DbAttributes.DB_SYSTEM_NAME;

import com.zaxxer.hikari.HikariConfig;
import io.opentelemetry.api.trace.Span;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.SpanKind;

/**
 * The span of a query, as OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/semconv/database/database-spans/">database
 * conventions</a> have it; and that of a route that takes rows from a table as its messages.
 */
public final class SqlSpanDecorator extends org.apache.camel.tracing.decorators.SqlSpanDecorator {

  private static final Pattern QUERY =
      Pattern.compile("(?is)(insert into|select .*? from|update|delete from)\\s+(\\w+).*");

  @Override
  public String getOperationName(Exchange exchange, Endpoint endpoint) {
    if (isConsumer(exchange, endpoint)) {
      return ExchangeHelper.getRouteId(exchange);
    }
    Matcher query = QUERY.matcher(query(exchange, endpoint));
    return query.matches() ? operation(query) + " " + query.group(2) : "sql";
  }

  @Override
  public SpanKind getReceiverSpanKind() {
    return SpanKind.CONSUMER;
  }

  @Override
  public void pre(SpanAdapter adapter, Exchange exchange, Endpoint endpoint) {
    Span span = CamelSpan.inRoute(adapter, exchange);
    if (!isConsumer(exchange, endpoint)) {
      String text = query(exchange, endpoint);
      span.setAttribute(DB_SYSTEM_NAME, system((SqlEndpoint) endpoint))
          .setAttribute(DB_QUERY_TEXT, text);
      Matcher query = QUERY.matcher(text);
      if (query.matches()) {
        span.setAttribute(DB_OPERATION_NAME, operation(query))
            .setAttribute(DB_COLLECTION_NAME, query.group(2));
      }
    }
  }

  @Override
  public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    if (exchange.getException() != null) {
      CamelSpan.failed(CamelSpan.of(span), exchange.getException());
    }
  }

  private static boolean isConsumer(Exchange exchange, Endpoint endpoint) {
    return exchange.getFromEndpoint() == endpoint;
  }

  /** With the names of its parameters, and none of their values. */
  private static String query(Exchange exchange, Endpoint endpoint) {
    String given = exchange.getIn().getHeader(CAMEL_SQL_QUERY, String.class);
    return given == null ? ((SqlEndpoint) endpoint).getQuery() : given;
  }

  private static String operation(Matcher query) {
    return query.group(1).split("\\s", 2)[0].toUpperCase(Locale.ROOT);
  }

  private static String system(SqlEndpoint endpoint) {
    return endpoint.getJdbcTemplate().getDataSource() instanceof HikariConfig pool
        ? pool.getJdbcUrl().split(":")[1]
        : "other_sql";
  }
}
