package sitecheck.requestlog;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.spi.Policy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A policy that runs the steps inside it in one transaction with those of all requests that wait at
 * the time, and lets them go on when it is committed. A commit to a file takes as long for one as
 * for a hundred, and a file takes one at a time.
 *
 * <p>It does so for a database in a file. PostgreSQL itself writes commits that come together at
 * once, so that there each request has its own connection.
 */
public final class GroupCommit implements Policy, AutoCloseable {

  private final Database database;
  private final int most;
  private final TransactionTemplate transaction;
  private final BlockingQueue<Member> waiting = new LinkedBlockingQueue<>();
  // Not a virtual thread: SQLite would hold on to its carrier while the disk writes.
  private final Thread writer = new Thread(this::write, "group-commit");

  /**
   * Starts with the next request.
   *
   * @param most how many requests share a commit at most, 1 or more
   */
  public GroupCommit(Database database, int most) {
    this.database = database;
    this.most = most;
    transaction = new TransactionTemplate(new JdbcTransactionManager(database));
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public void beforeWrap(Route route, NamedNode definition) {
    // nothing to prepare
  }

  @Override
  public Processor wrap(Route route, Processor steps) {
    return database.isEmbedded() ? exchange -> await(new Member(exchange, steps)) : steps;
  }

  /** No more are waiting than requests are let in. */
  private void await(Member member) {
    waiting.add(member);
    member.committed.join();
  }

  private void write() {
    List<Member> group = new ArrayList<>();
    try {
      while (true) {
        group.add(waiting.take());
        waiting.drainTo(group, most - 1);
        commit(group);
        group.clear();
      }
    } catch (InterruptedException closed) {
      // the service has stopped
    }
  }

  private void commit(List<Member> group) {
    try {
      transaction.executeWithoutResult(status -> group.forEach(Member::run));
    } catch (RuntimeException failure) {
      group.forEach(member -> member.fail(failure));
    }
    group.forEach(member -> member.committed.complete(null));
  }

  @Override
  public void close() {
    writer.interrupt();
  }

  /** One of those who wait for a commit. */
  private static final class Member {

    private final Exchange exchange;
    private final Processor steps;
    private final CompletableFuture<Void> committed = new CompletableFuture<>();
    private boolean failed;

    Member(Exchange exchange, Processor steps) {
      this.exchange = exchange;
      this.steps = steps;
    }

    /**
     * Runs the steps.
     *
     * @throws TransactionException when they fail, even if an error handler has made an answer of
     *     it: what others have done in the transaction cannot be relied on then
     */
    void run() {
      Object before = exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT);
      try {
        steps.process(exchange);
      } catch (Exception failure) {
        exchange.setException(failure);
      }
      Object caught = exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT);
      failed = exchange.getException() != null || caught != before;
      if (failed) {
        throw new RolledBack();
      }
    }

    /** Who has failed by itself has its own failure already, or an answer made of it. */
    void fail(RuntimeException failure) {
      if (!failed) {
        exchange.setException(failure);
      }
    }
  }

  /** Why a request was not kept that another one shared a transaction with. */
  private static final class RolledBack extends TransactionException {

    RolledBack() {
      super("another request of the same transaction failed");
    }
  }
}
