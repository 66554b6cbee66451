import pytest, time
pytestmark=[pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]
from axe_playwright_python.base import AXE_SCRIPT
def test_x(page, site):
    from questions.models import Question
    for path in ["/", Question.objects.get(answers__state="hidden").get_absolute_url()]:
        t=time.time();page.goto(path);print("load",time.time()-t)
        t=time.time();page.evaluate(AXE_SCRIPT);print("inject",time.time()-t)
        for run in ["axe.run({runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'], resultTypes:['violations']})","axe.run({runOnly:{type:'rule',values:['color-contrast','link-in-text-block']}, resultTypes:['violations']})"]*2:
            t=time.time(); r=page.evaluate(run)
            print(path,"axe",time.time()-t)
        t=time.time(); page.screenshot(path="/tmp/s.png", full_page=True); print("shot",time.time()-t)
