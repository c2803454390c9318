// k6 (https://grafana.com/docs/k6) sends 50 requests/s for ten minutes, however long the answers take.
import http from "k6/http";
import { check } from "k6";

if (__ENV.SITES !== "stand-in") {
  throw new Error("The real sites get no load. For the stand-ins: SITES=stand-in docker compose --profile load up");
}

export const options = {
  scenarios: {
    steady: { executor: "constant-arrival-rate", rate: 50, timeUnit: "1s", duration: "10m", preAllocatedVUs: 100 },
  },
};

export default function () {
  const answer = http.get("http://main:5000/check-sites-v2");
  check(answer, { "both sites are there": (it) => it.body === '{"baidu":true,"qq":true}' });
}
