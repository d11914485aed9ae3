// A plan of what a deletion comes to: only `planDelete` makes one, and only that is carried out.
import { misuse } from "./errors.js";
import type { DeleteAction, DeletePlanReport, DeleteView } from "./pinfold-recovery.js";

export type Selection = readonly [picks: string, action: DeleteAction, view: DeleteView];
export type Planned = readonly [...Selection, digest: string];
export let makePlan: (report: DeletePlanReport, planned: Planned) => DeletePlan;
export let plannedBy: (plan: DeletePlan) => Planned;

/** A plan that a person can be shown. Only `planDelete` makes one. */
export class DeletePlan {
  readonly #planned: Planned;
  /** What it comes to. Show it where `needsConsent` is set. */
  readonly report: DeletePlanReport;

  static {
    makePlan = (report, planned) => new DeletePlan(report, planned);
    plannedBy = (plan) => {
      if (typeof plan !== "object" || plan === null || !(#planned in plan)) {
        throw misuse("misuse/bad-argument", "carryOut takes what planDelete returned", { argument: "plan" });
      }
      return plan.#planned;
    };
  }

  private constructor(report: DeletePlanReport, planned: Planned) {
    this.report = report;
    this.#planned = planned;
  }
}
