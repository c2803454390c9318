package sitecheck.service;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;
import org.apache.camel.util.concurrent.CamelThreadFactory;

/** Gives all routes of the process one shared pool, of virtual threads where they are enabled. */
final class WorkerPoolFactory extends DefaultThreadPoolFactory {
  static final ExecutorService SHARED =
      new WorkerPool(new CamelThreadFactory(null, "worker", true));

  @Override
  public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
    boolean inTurn = profile.getMaxPoolSize() == 1; // tasks that must not run at once
    return inTurn ? super.newThreadPool(profile, threads) : SHARED;
  }
}
