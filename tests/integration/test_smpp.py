"""SMS through an operator's SMSC: the link, messages both ways, long ones, receipts."""

from __future__ import annotations

import pytest

from bot.assistant import Assistant
from store.messages import Channel
from store.tables import inbox, outbox
from tests.doubles import running_smsc
from tests.integration.system import SHORT_CODE, help_text, running, settings_of, smpp_settings
from tests.integration.users import SmppUsers

ALI, BEA = "+22370000001", "+25377000002"


@pytest.mark.parametrize("kind", ["node-smpp", "Net::SMPP"])
@pytest.mark.parametrize("binding", ["transceiver", "pair"])
async def test_a_message_is_answered(sqlite_url: str, assistant: Assistant, kind: str, binding: str) -> None:
    async with running_smsc(kind) as smsc:
        settings = settings_of(sqlite_url, **smpp_settings(smsc.port, SMPP_BIND=binding))
        async with running(settings, assistant) as system:
            users = SmppUsers(system, smsc)
            await users.linked(1 if binding == "transceiver" else 2)
            assert await users.say(ALI, "AIDE") == [help_text(assistant, Channel.SMS)]
            assert await smsc.ask("enquire") == 0
        binds = 1 if binding == "transceiver" else 2
        await smsc.until(lambda: len(smsc.seen("unbind")) == binds, "our goodbye")
    assert {each["from"] for each in smsc.submitted} == {SHORT_CODE}
    assert {each["system_id"] for each in smsc.seen("bound")} == {"sahan"}
