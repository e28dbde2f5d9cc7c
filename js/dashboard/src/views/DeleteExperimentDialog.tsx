/** The question before an experiment is marked as deleted. */

import type { ExperimentRef } from "../state/experiments";
import { countOf } from "../state/removal";
import { useSession } from "./context";
import { Form } from "./Form";
import { Modal } from "./Popover";

interface DeleteExperimentProps {
  experiment: ExperimentRef;
  onClose(): void;
}

export function DeleteExperimentDialog({ experiment, onClose }: DeleteExperimentProps) {
  const { experiments } = useSession();
  const { name, runs } = experiment;
  return (
    <Modal label="Delete experiment" onClose={onClose}>
      <Form
        submit="Delete"
        isDanger
        isBusy={false}
        error={null}
        onSubmit={() => {
          onClose();
          void experiments.remove(experiment);
        }}
        onCancel={onClose}
      >
        <p>
          <strong>{name}</strong> and its {countOf(runs)} will be marked as deleted. The data stay
          in the store, and can be restored.
        </p>
      </Form>
    </Modal>
  );
}
