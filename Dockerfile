# syntax=docker/dockerfile:1
# Two images: the balancer (the default) and, with --target hello-worker, the sample worker.
#   docker build -t actorbalancer .
#   docker run -e LB_AUTH_KEY=secret -p 4000:4000 -v actorbalancer:/data actorbalancer
# Settings come by environment (docs/configuration.md); relative paths start from /etc/actorbalancer, where workers.json
# and a HOCON file are mounted.
ARG DOTNET=10.0

FROM mcr.microsoft.com/dotnet/sdk:${DOTNET} AS build
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source
# What decides the packages comes first, so that a change of code downloads nothing anew.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Directory.Build.props src/BannedSymbols.txt src/
COPY samples/Directory.Build.props samples/
COPY src/Actors/Actors.csproj src/Actors/
COPY src/Protocol/Protocol.csproj src/Protocol/
COPY src/Engine/Engine.csproj src/Engine/
COPY src/Api/Api.csproj src/Api/
COPY src/Cli/Cli.csproj src/Cli/
COPY samples/HelloWorker/HelloWorker.csproj samples/HelloWorker/
RUN dotnet restore src/Api/Api.csproj
COPY hocon/reference.conf hocon/
COPY src/ src/
COPY samples/HelloWorker/ samples/HelloWorker/
RUN dotnet publish src/Api -c Release --no-restore -p:UseAppHost=false -o /out/balancer \
    && dotnet publish samples/HelloWorker -c Release --no-restore -p:UseAppHost=false -o /out/worker

FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET} AS base
# The ports are ours to choose; the base image would name one for ASP.NET.
ENV ASPNETCORE_HTTP_PORTS= DOTNET_EnableDiagnostics=0
COPY --chmod=0755 ops/docker/check-health /usr/local/bin/
WORKDIR /etc/actorbalancer

FROM base AS hello-worker
COPY --from=build /out/worker /app
ENV BIND_ADDRESS=0.0.0.0 PORT=3000 WEBSOCKET_PORT=3001
USER $APP_UID
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["check-health", "port"]
ENTRYPOINT ["dotnet", "/app/ActorBalancer.HelloWorker.dll"]

FROM base AS balancer
COPY --from=build /out/balancer /app
# Tasks and a key that was made lie here; a volume keeps them.
RUN mkdir /data && chown "$APP_UID:$APP_UID" /data && chmod 0700 /data
ENV DATA_DIR=/data PORT=4000
USER $APP_UID
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["check-health"]
ENTRYPOINT ["dotnet", "/app/ActorBalancer.Api.dll"]
