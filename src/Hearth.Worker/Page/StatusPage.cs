using Microsoft.AspNetCore.Builder;

namespace Hearth.Worker.Page;

/// <summary>The status page, its terminal, and what protects both and docker's API from other pages.</summary>
internal static class StatusPage
{
    public static void Map(WebApplication application, Engine engine)
    {
        BrowserGuard guard = new(engine.Options.HostNames);
        application.Use(next => context =>
        {
            guard.Check(context);
            return next(context);
        });
        PageRoutes.Map(application);
        TerminalRoute.Map(application, engine);
    }
}
