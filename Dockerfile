# One image for all services. Its arguments are the services to run, or none for all: docker run site-check main

FROM eclipse-temurin:25.0.3_9-jdk-noble AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml application*.properties ./
COPY routes routes
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -Dmaven.test.skip -Dspotless.check.skip -Dexec.skip package

FROM eclipse-temurin:25.0.3_9-jre-noble
RUN useradd --system --uid 10001 --no-create-home site-check \
 && install -d -o site-check /data
WORKDIR /site-check
COPY --from=build /build/target/site-check.jar ./
COPY --from=build /build/target/lib lib
COPY --chmod=755 deploy/image/* /usr/local/bin/
# Made here, not where the jar was built: a cache works only with the same JVM and the same files.
RUN train
USER 10001
ENV LISTEN_HOST=0.0.0.0 DATA_FOLDER=/data
# Only /data, for data that must not be lost, and /tmp are written. SQLite unpacks a library to /tmp, so it must allow
# execution. The rest can be read-only. Neither is a VOLUME: each run would leave one behind that nobody finds again.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --start-interval=1s CMD ["ready"]
# UseCompressedOops keeps the heap below 32 GB, where the cache works. The warnings are about sun.misc.Unsafe in Netty
# and protobuf. Set further options of the JVM in JAVA_TOOL_OPTIONS.
ENTRYPOINT ["own-folder", "java", "-XX:AOTCache=site-check.aot", "-XX:+UseCompressedOops", "-XX:MaxRAMPercentage=50", "--sun-misc-unsafe-memory-access=allow", "-jar", "site-check.jar"]
