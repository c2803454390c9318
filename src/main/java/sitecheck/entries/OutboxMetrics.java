package sitecheck.entries;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.jdbc.core.JdbcTemplate;

/** Counts the entries that are not in the log: waiting, refused and lost. */
public final class OutboxMetrics implements MeterBinder {
  private final JdbcTemplate outbox;
  private final LongAdder lost = new LongAdder();

  public OutboxMetrics(Database outbox) {
    this.outbox = new JdbcTemplate(outbox);
  }

  /** Counts an entry that neither the log nor the outbox could store. */
  public void lose() {
    lost.increment();
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    meters.gauge("log.entries.waiting", "outbox", this::rows);
    meters.gauge("log.entries.refused", "refused", this::rows);
    FunctionCounter.builder("log.entries.lost", lost, LongAdder::sum).register(meters);
  }

  private long rows(String table) {
    return outbox.queryForObject("select count(*) from " + table, Long.class);
  }
}
