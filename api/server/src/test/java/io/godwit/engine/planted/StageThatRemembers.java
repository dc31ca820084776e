package io.godwit.engine.planted;

import io.godwit.engine.stage.Stage;

abstract class StageThatRemembers implements Stage {
    protected int pushes;
}
