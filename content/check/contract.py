"""The topics that the library may never drop or rename: phrases, tests and measurements know them by these ids."""

from __future__ import annotations

CONTRACT = (
    "return.what", "return.apply", "return.eligibility", "return.cost", "return.delay", "return.no_papers",
    "return.change_mind", "return.family", "return.sick_pregnant", "return.what_to_bring", "return.arrival",
    "return.money", "return.suspended", "return.asylum_seeker", "return.from_abroad",
    "reintegration.support", "reintegration.business", "reintegration.training", "reintegration.psychosocial",
    "reintegration.shame",
    "safe.legal_ways", "safe.job_offer", "safe.gulf_work", "safe.passport_kept", "safe.smugglers",
    "safe.route_yemen", "safe.route_desert", "safe.route_atlantic", "safe.trafficking", "safe.before_leaving",
    "safe.family_contact", "safe.missing_person", "safe.arrested", "safe.expelled", "safe.child_alone",
    "safe.women_violence", "safe.fake_agent", "safe.asylum", "safe.stay_papers",
    "services.obock", "services.gao", "services.diourbel", "services.food_shelter", "services.health",
    "services.legal", "services.embassy", "services.school", "services.contact_iom", "services.emergency",
    "programme.dj_plan", "programme.khartoum", "programme.dj_strategy", "programme.brmm",
    "programme.espace_novateur", "programme.gao_conference", "programme.ponam", "programme.diourbel",
    "programme.mprr", "programme.iom",
    "talk.greet", "talk.thanks", "talk.bye", "talk.menu", "talk.language", "talk.human", "talk.identity",
    "talk.privacy", "talk.forget", "talk.stop", "talk.complaint",
    "urgent.danger", "urgent.suicide",
    "out_of_scope",
)
