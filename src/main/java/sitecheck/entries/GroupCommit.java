package sitecheck.entries;

import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import javax.sql.DataSource;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Commits the steps of all waiting requests in one transaction. SQLite commits one transaction at a
 * time, and a hundred requests take no longer than one. If one request fails, all of them fail.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  record Member(Exchange exchange, Processor steps, AsyncCallback goOn) {
    /** Whether the steps failed, even if an error handler has answered the request. */
    boolean hasFailed() {
      return exchange.getException() != null
          || exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT) != null;
    }
  }

  private final TransactionTemplate transaction;
  final BlockingQueue<Member> waiting = new LinkedBlockingQueue<>();
  // Not a virtual thread: SQLite would block its carrier during a write.
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "group-commit"));

  GroupCommit(DataSource database) {
    transaction = new TransactionTemplate(new JdbcTransactionManager(database));
  }

  /** Runs the steps of a request, which continues when they are committed. */
  void process(Exchange exchange, Processor steps, AsyncCallback goOn) {
    exchange.removeProperty(ExchangePropertyKey.EXCEPTION_CAUGHT); // in an earlier step
    Member member = new Member(exchange, steps, goOn);
    waiting.add(member);
    try {
      writer.execute(this::commit);
    } catch (RejectedExecutionException closed) {
      if (waiting.remove(member)) { // else the last commit includes it
        throw closed;
      }
    }
  }

  void close() {
    writer.shutdown();
  }

  private void commit() {
    var group = new ArrayList<Member>();
    if (waiting.drainTo(group) == 0) {
      return; // the previous commit included it
    }
    try {
      transaction.executeWithoutResult(status -> group.forEach(GroupCommit::runSteps));
    } catch (Throwable e) { // even an Error: the other requests wait for this commit
      TransactionSystemException failure = new TransactionSystemException("not committed", e);
      group.stream()
          .filter(member -> !member.hasFailed())
          .forEach(member -> member.exchange.setException(failure));
    }
    group.forEach(GroupCommit::goOn);
  }

  private static void goOn(Member member) {
    try {
      member.goOn.done(false);
    } catch (Throwable e) { // the other requests continue
      LOG.error("A request failed to continue after its commit", e);
    }
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
}
