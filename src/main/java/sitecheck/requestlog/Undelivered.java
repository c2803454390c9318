package sitecheck.requestlog;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * How many entries the log does not have: those that wait in the outbox, and those that are lost.
 */
public final class Undelivered implements MeterBinder {

  private final JdbcTemplate outbox;
  private final LongAdder lost = new LongAdder();

  public Undelivered(Database outbox) {
    this.outbox = new JdbcTemplate(outbox);
  }

  /** Counts an entry that could not be kept anywhere. */
  public void lose() {
    lost.increment();
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    Gauge.builder("log.entries.waiting", this::waiting).register(meters);
    FunctionCounter.builder("log.entries.lost", lost, LongAdder::sum).register(meters);
  }

  private Long waiting() {
    return outbox.queryForObject("select count(*) from outbox", Long.class);
  }
}
