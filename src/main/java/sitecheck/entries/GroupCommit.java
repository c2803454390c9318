package sitecheck.entries;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import javax.sql.DataSource;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Commits the steps of all waiting requests in one transaction. A file takes one commit at a time,
 * and that takes as long for one request as for a hundred. If one of them fails, all of them fail.
 */
final class GroupCommit implements Runnable {
  private static final int MAX_REQUESTS = 256;
  private static final String CLOSED = "the database is closed";

  private record Member(
      Exchange exchange, Processor steps, Object caughtBefore, CompletableFuture<Void> committed) {
    /** Whether the steps failed, even if an error handler has made an answer of it. */
    boolean hasFailed() {
      return exchange.getException() != null || caught(exchange) != caughtBefore;
    }
  }

  private final TransactionTemplate transaction;
  private volatile boolean closed;
  private final BlockingQueue<Member> waiting = new LinkedBlockingQueue<>();

  GroupCommit(DataSource database) {
    transaction = new TransactionTemplate(new JdbcTransactionManager(database));
  }

  /** Has the steps of a request run and waits for their commit. */
  void process(Exchange exchange, Processor steps) {
    Member member = new Member(exchange, steps, caught(exchange), new CompletableFuture<>());
    waiting.add(member);
    if (closed && waiting.remove(member)) {
      throw new IllegalStateException(CLOSED);
    }
    member.committed.join();
  }

  int waiting() {
    return waiting.size();
  }

  /** Commits until the thread is interrupted. */
  @Override
  public void run() {
    try {
      while (true) {
        List<Member> group = new ArrayList<>(List.of(waiting.take()));
        waiting.drainTo(group, MAX_REQUESTS - 1);
        commit(group);
      }
    } catch (InterruptedException e) {
      closed = true;
      waiting.removeIf(
          member -> member.committed.completeExceptionally(new IllegalStateException(CLOSED)));
    }
  }

  private void commit(List<Member> group) {
    try {
      transaction.executeWithoutResult(status -> group.forEach(GroupCommit::runSteps));
    } catch (Throwable e) { // an Error of one step must not end the thread that commits for all
      TransactionSystemException failure = new TransactionSystemException("not committed", e);
      group.stream()
          .filter(member -> !member.hasFailed())
          .forEach(member -> member.exchange.setException(failure));
    }
    group.forEach(member -> member.committed.complete(null));
  }

  private static void runSteps(Member member) {
    try {
      member.steps.process(member.exchange);
    } catch (Exception e) {
      member.exchange.setException(e);
    }
    if (member.hasFailed()) {
      throw new TransactionSystemException("the steps of one request failed");
    }
  }

  private static Object caught(Exchange exchange) {
    return exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT);
  }
}
